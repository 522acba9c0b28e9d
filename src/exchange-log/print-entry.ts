/** Prints an entry once, as the bytes that are kept: every reply waits for this, so it must be cheap. */

import type { ExchangeEntry, LogEntry } from '../exchange/entries.ts';
import type { Evidence } from '../exchange/types.ts';
import { canonicalJson } from './canonical.ts';
import type { Paper } from './store/commit-memory.ts';

/** RFC 8785 canonical JSON, UTF-8, on that paper; with the number where the log gives one. */
export function printEntry(entry: LogEntry, subjectNumber: number | undefined, paper: Paper): Buffer {
  if (entry.kind === 'query') return printQuery(entry, subjectNumber, paper);
  return paper.text(canonicalJson(subjectNumber === undefined ? entry : { ...entry, subjectNumber }));
}

/**
 * Text of one byte a character is printed and encoded twice as fast as any other, and mostly a single member keeps an
 * entry from that: the legal basis. So it goes in as its UTF-8 bytes, one character each.
 */
function printQuery(entry: ExchangeEntry, subjectNumber: number | undefined, paper: Paper): Buffer {
  const { legalBasis } = entry;
  const asBytes = legalBasis === undefined ? undefined : Buffer.from(legalBasis).toString('latin1');
  const json = JSON.stringify(inOrder(entry, subjectNumber, asBytes));
  const isRestAscii = beyondAscii(json) === beyondAscii(asBytes ?? '');
  return isRestAscii ? paper.bytes(json) : paper.text(JSON.stringify(inOrder(entry, subjectNumber, legalBasis)));
}

/** 0 for ASCII alone; otherwise at least one for each other character, and just that where all are of one byte. */
const beyondAscii = (text: string) => Buffer.byteLength(text) - text.length;

/** A literal: its members stand in the order of their names whoever made the entry, and nothing need be looked at. */
function inOrder(
  entry: ExchangeEntry,
  subjectNumber: number | undefined,
  legalBasis: string | undefined,
): ExchangeEntry {
  return {
    agreement: entry.agreement,
    answer: entry.answer && evidenceInOrder(entry.answer),
    claimedConsumer: entry.claimedConsumer,
    consumer: entry.consumer,
    durationMs: entry.durationMs,
    fields: entry.fields,
    id: entry.id,
    issue: entry.issue,
    kind: entry.kind,
    legalBasis,
    message: entry.message,
    official: entry.official,
    problem: entry.problem,
    purpose: entry.purpose,
    registryMs: entry.registryMs,
    representedParty: entry.representedParty,
    request: evidenceInOrder(entry.request),
    service: entry.service,
    source: entry.source,
    status: entry.status,
    subject: entry.subject,
    subjectNumber,
    time: entry.time,
    version: entry.version,
  };
}

function evidenceInOrder({ bytes, digest, sealed }: Evidence): Evidence {
  return { bytes, digest, sealed: sealed && { file: sealed.file, offset: sealed.offset } };
}
