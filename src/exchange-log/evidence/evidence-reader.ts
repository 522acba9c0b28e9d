/** Reads sealed evidence back and takes the subject's layer off: what is left only an auditor's private key opens. */

import type { LogEntry } from '../../exchange/entries.ts';
import type { OpenableEvidence, SealedEvidence } from '../../exchange/log-ports.ts';
import { Problem } from '../../problems.ts';
import { readSealedRecord, sealedPartsOf } from './read-record.ts';
import { parseHeader } from './record.ts';
import { unwrap } from './seal.ts';
import type { KeptSubjectKeys } from './subject-keys.ts';

/** Throws EvidenceDamage, also where the record does not open with the key that it names. */
export function createEvidenceReader(
  folder: string,
  subjectKeys: Pick<KeptSubjectKeys, 'find'>,
): SealedEvidence['read'] {
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
      const detail = 'The key of the person concerned is missing from keys/subjects.db, and was not erased there.';
      throw new Problem('internal-error', detail);
    }
    const key = unwrap(header, subjectKey);
    if (key === undefined) throw new Error('a sealed record does not open with the key that it names');
    return {
      exchange: header.exchange,
      key,
      header: record.header.toString('base64'),
      request: record.request.toString('base64'),
      answer: record.answer.byteLength === 0 ? undefined : record.answer.toString('base64'),
    };
  };
}
