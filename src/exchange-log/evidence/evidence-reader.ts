/** Reads sealed evidence back and takes the subject's layer off: what is left only an auditor's private key opens. */

import type { LogEntry } from '../../exchange/entries.ts';
import type { OpenableEvidence, SealedEvidence } from '../../exchange/log-ports.ts';
import { Problem } from '../../problems.ts';
import { readSealedRecord, sealedPartsOf } from './read-record.ts';
import { parseHeader } from './record.ts';
import { unwrap } from './seal.ts';
import type { KeptSubjectKeys } from './subject-keys.ts';

/**
 * Throws EvidenceDamage; Problem naming the file of the keys (such as `keys/subjects.db`) where the key is missing or
 * damaged there, or does not open the record that names it.
 */
export function createEvidenceReader(
  folder: string,
  subjectKeys: Pick<KeptSubjectKeys, 'find'>,
  keyFile: string,
): SealedEvidence['read'] {
  const unreadable = (what: string) =>
    new Problem(
      'internal-error',
      `The key of the person concerned ${what}: restore ${keyFile} from its backup, as docs/evidence.md says under Backups.`,
    );
  return async ({ entry }): Promise<OpenableEvidence | undefined> => {
    const recorded = JSON.parse(entry.toString()) as LogEntry;
    const parts = recorded.kind === 'query' || recorded.kind === 'push' ? sealedPartsOf(recorded) : undefined;
    if (parts === undefined) return undefined;
    const record = await readSealedRecord(folder, parts);
    if (record === undefined)
      throw new Problem('evidence-erased', 'The file that held the evidence is kept no longer.');
    const header = parseHeader(record.header);
    const subjectKey = await subjectKeys.find(header.subject, header.subjectKey);
    if (subjectKey === undefined) throw new Problem('evidence-erased', 'The key of the person concerned is erased.');
    if (subjectKey === 'unknown') {
      throw unreadable(`is missing from ${keyFile}, and was not erased there`);
    }
    if (subjectKey === 'damaged') throw unreadable(`is damaged in ${keyFile}`);
    const key = unwrap(header, subjectKey);
    if (key === undefined) throw unreadable(`in ${keyFile} does not open the sealed record that names it`);
    return {
      exchange: header.exchange,
      key,
      header: record.header.toString('base64'),
      request: record.request.toString('base64'),
      answer: record.answer.byteLength === 0 ? undefined : record.answer.toString('base64'),
    };
  };
}
