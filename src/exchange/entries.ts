/** What the exchange log holds, kind by kind. */

import type { ProblemCode } from '../problems.ts';
import type { AnswerSource, Evidence, XRoadId } from './types.ts';

/** What the log keeps: pseudonyms and keyed digests, never a personal number, a name or a message. Undefined members are not printed. */
export type LogEntry = ExchangeEntry | DeliveryEntry | EventEntry | LookEntry | AdminEntry | RefusalsEntry;

/** Every kind of entry, as searches name them. */
export const entryKinds = [
  'query',
  'push',
  'delivery',
  'event',
  'audit',
  'admin',
  'refusals',
] as const satisfies readonly LogEntry['kind'][];

interface EntryBase {
  /** UUIDv7 (RFC 9562 section 5.7). */
  readonly id: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  /** X-Road-Issue. */
  readonly issue: string | undefined;
  /** Pseudonym of the official who asked; of the token's subject in a look. */
  readonly official: string | undefined;
  /** Pseudonym of the person whom it is about. */
  readonly subject: string | undefined;
  /** Counts the entries of this log about this subject, from 1 and without a gap; given by the log itself. */
  readonly subjectNumber: number | undefined;
  /** HTTP status of the reply. */
  readonly status: number;
  readonly problem: ProblemCode | undefined;
  readonly durationMs: number;
}

/** One exchange below `/r1`. */
export interface ExchangeEntry extends EntryBase {
  readonly kind: 'query' | 'push';
  /** Of a push: the exchange that the same message began, and that alone is delivered. */
  readonly repeats?: string | undefined;
  /** Of a push: the exchange that it stands in for. */
  readonly corrects?: string | undefined;
  readonly consumer: XRoadId | undefined;
  /** X-Road-Client of a caller who could not prove it; only where such a subsystem is registered. */
  readonly claimedConsumer: XRoadId | undefined;
  readonly representedParty: string | undefined;
  readonly service: XRoadId | undefined;
  readonly version: string | undefined;
  readonly purpose: string | undefined;
  readonly agreement: string | undefined;
  readonly legalBasis: string | undefined;
  /** Keyed digest of X-Road-Id: an auditor who knows the id finds the exchange. */
  readonly message: string;
  readonly request: Evidence;
  readonly answer: Evidence | undefined;
  readonly fields: readonly string[] | undefined;
  readonly source: AnswerSource | undefined;
  readonly registryMs: number | undefined;
}

/** An accepted push came into another state. Where the gateway ended in between, the same step may be there twice. */
export interface DeliveryEntry extends EntryBase {
  readonly kind: 'delivery';
  /** Id of the push. */
  readonly exchange: string;
  /** Who sent it. */
  readonly consumer: XRoadId;
  readonly service: XRoadId;
  readonly version: string;
  /** `delivering`, `delivered`, `refused`, `retrying`, `dead`, `discarded`, or the name that a leg has for waiting: `awaiting-pin`. */
  readonly state: string;
  readonly leg: string | undefined;
  /** Attempt of the leg, from 1. */
  readonly try: number | undefined;
  /** RFC 3339. */
  readonly nextTry: string | undefined;
  /** Code of a registry's refusal, or why it was discarded. */
  readonly reason: string | undefined;
}

/** A subscriber is told of an event about the person; recorded before it is told, for each time and each person anew. */
export interface EventEntry extends EntryBase {
  readonly kind: 'event';
  /** Name of the event: `death-registered`. */
  readonly action: string;
  readonly agreement: string;
  /** Who is told. */
  readonly consumer: XRoadId;
  /** Id of the push. */
  readonly exchange: string;
  /** Disclosed fields. */
  readonly fields: readonly string[];
  readonly legalBasis: string;
  readonly purpose: string;
  readonly service: XRoadId;
  readonly version: string;
}

/** Somebody read what the log holds: an auditor about others, or a person about themselves. */
export interface LookEntry extends EntryBase {
  readonly kind: 'audit';
  readonly look: Look;
  readonly role: LookRole;
  /** What was searched for; people as pseudonyms. */
  readonly filters: Readonly<Record<string, string>> | undefined;
}

export type LookRole = 'auditor' | 'citizen' | 'operator';

/** `exchanges`, `exchange`, `statistics`, `subjects`, `export`: the audit index; `entries`: bundles of the log; `accesses`: one's own. */
export type Look =
  | 'exchanges'
  | 'exchange'
  | 'statistics'
  | 'subjects'
  | 'export'
  | 'entries'
  | 'receipt'
  | 'evidence'
  | 'accesses';

/** An operator changed something that others rely on. */
export interface AdminEntry extends EntryBase {
  readonly kind: 'admin';
  readonly action: AdminAction;
  /** A closed list instead of free text, in which somebody's name could stand. Undefined where it was refused, unread. */
  readonly reason: EraseReason | DiscardReason | undefined;
  /** Of whoever was refused; else it was an operator. */
  readonly role: LookRole | undefined;
  /** Id of the push that it is about. */
  readonly exchange?: string | undefined;
  /** The subsystem whose webhook it is about. */
  readonly consumer?: XRoadId | undefined;
}

/**
 * Exchanges that were refused before anything of them was proved, one kind of refusal and one claimed consumer together:
 * `durationMs` is the time over which they were counted, `time` its end.
 */
export interface RefusalsEntry extends EntryBase {
  readonly kind: 'refusals';
  /** X-Road-Client as claimed; only where such a subsystem is registered. */
  readonly claimedConsumer: XRoadId | undefined;
  readonly count: number;
  readonly problem: ProblemCode;
}

export type AdminAction = 'erase-subject-key' | 'redeliver' | 'discard' | 'restart-webhook';

/** Why a push is given up. `corrected`: another one was accepted in its place. */
export type DiscardReason = 'corrected' | 'sent-in-error' | 'settled-elsewhere' | 'cannot-be-delivered';

export type EraseReason = 'subject-request' | 'retention-ended' | 'unlawful-processing' | 'court-order';

/** A record in the evidence files. */
export interface SealedPlace {
  /** Name of the file. */
  readonly file: string;
  /** Byte at which the record begins. */
  readonly offset: number;
}

/** Where an entry stands in the log, from 0. */
export interface LogPosition {
  readonly index: number;
  /** Of the entry among those of this log about its subject; undefined where it has none. */
  readonly subjectNumber?: number | undefined;
}

/** From its making to its record: entries stand in the log in the order of time plus duration. */
export function recordedLate<Entry extends LogEntry>(entry: Entry, nowMs: number): Entry {
  return { ...entry, durationMs: Math.max(entry.durationMs, nowMs - Date.parse(entry.time)) };
}
