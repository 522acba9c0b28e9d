/** Prints an entry once, as the bytes that are kept: every reply waits for this, so it must be cheap. */

import type { ExchangeEntry, LogEntry } from '../exchange/entries.ts';
import type { Evidence } from '../exchange/types.ts';
import { canonicalJson } from './canonical.ts';
import type { Paper } from './store/commit-memory.ts';

/** RFC 8785 canonical JSON, UTF-8; with the number where the log gives one. */
export type EntryPrinter = (entry: LogEntry, subjectNumber: number | undefined) => Buffer;

interface AsBytes {
  /** Its UTF-8 bytes, one character each. */
  readonly text: string;
  readonly beyondAscii: number;
}

const nothing: AsBytes = { text: '', beyondAscii: 0 };

/** Legal bases are as many as agreements name; beyond these they are turned into bytes anew. */
const legalBasesMax = 1000;

export function createEntryPrinter(paper: Paper): EntryPrinter {
  const legalBases = new Map<string, AsBytes>();

  function asBytes(legalBasis: string): AsBytes {
    const known = legalBases.get(legalBasis);
    if (known !== undefined) return known;
    const text = Buffer.from(legalBasis).toString('latin1');
    const made = { text, beyondAscii: beyondAscii(text) };
    if (legalBases.size === legalBasesMax) legalBases.clear();
    legalBases.set(legalBasis, made);
    return made;
  }

  /**
   * Text of one byte a character is printed and encoded twice as fast as any other, and mostly a single member keeps an
   * entry from that: the legal basis. So it goes in as its UTF-8 bytes, one character each.
   */
  function printQuery(entry: ExchangeEntry, subjectNumber: number | undefined): Buffer {
    const { legalBasis } = entry;
    const basis = legalBasis === undefined ? nothing : asBytes(legalBasis);
    const json = JSON.stringify(inOrder(entry, subjectNumber, legalBasis && basis.text));
    const isRestAscii = beyondAscii(json) === basis.beyondAscii;
    return isRestAscii ? paper.bytes(json) : paper.text(JSON.stringify(inOrder(entry, subjectNumber, legalBasis)));
  }

  return (entry, subjectNumber) => {
    if (entry.kind === 'query') return printQuery(entry, subjectNumber);
    return paper.text(canonicalJson(subjectNumber === undefined ? entry : { ...entry, subjectNumber }));
  };
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
