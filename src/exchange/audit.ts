/** What auditors, citizens and operators ask of the log's index, and what looks are recorded as; no SQL, no HTTP. */

import type { ProblemCode } from '../problems.ts';
import type { AdminEntry, DeliveryEntry, EventEntry, ExchangeEntry, LogEntry, Look, LookEntry } from './entries.ts';
import type { XRoadId } from './types.ts';

/** All conditions hold together; an absent one is none. */
export interface AuditFilter {
  /** Unix milliseconds, inclusive. */
  readonly fromMs?: number;
  /** Unix milliseconds, exclusive. */
  readonly toMs?: number;
  readonly kind?: LogEntry['kind'];
  /** A subsystem, or a member with all its subsystems. */
  readonly consumer?: XRoadId;
  /** A service, a subsystem or a member. */
  readonly service?: XRoadId;
  readonly purpose?: string;
  readonly agreement?: string;
  /** Pseudonyms, any of which. */
  readonly officials?: readonly string[];
  /** `ok`, `refused` (every problem, and every push that a registry refused), or the code of one problem. */
  readonly outcome?: 'ok' | 'refused' | ProblemCode;
  /** As printed in the log: readable or keyed; any of which. */
  readonly issues?: readonly string[];
  /** Pseudonyms, any of which. */
  readonly subjects?: readonly string[];
  /** All but looks of that kind. */
  readonly exceptLook?: Look;
  /** Exchanges in which that member is the consumer or owns the service. */
  readonly member?: XRoadId;
}

/** One entry as the index keeps it. */
export interface AuditRow {
  /** Origin of the log. */
  readonly log: string;
  readonly index: number;
  readonly id: string;
  readonly time: string;
  readonly kind: LogEntry['kind'];
  readonly consumer?: XRoadId;
  readonly claimedConsumer?: XRoadId;
  readonly service?: XRoadId;
  readonly version?: string;
  readonly purpose?: string;
  readonly agreement?: string;
  readonly legalBasis?: string;
  readonly official?: string;
  readonly issue?: string;
  readonly subject?: string;
  readonly subjectNumber?: number;
  readonly fields?: readonly string[];
  readonly status: number;
  readonly problem?: ProblemCode;
  readonly source?: ExchangeEntry['source'];
  readonly durationMs: number;
  readonly look?: Look;
  readonly role?: LookEntry['role'];
  /** What an operator did; of a delivery, the state that the push came into; the name of an event. */
  readonly action?: AdminEntry['action'] | DeliveryEntry['state'] | EventEntry['action'];
}

/** Newest first: by time, then log and index, each falling. */
export interface AuditPage {
  readonly rows: readonly AuditRow[];
  /** Opaque; gives the next page. Undefined on the last one. */
  readonly next: string | undefined;
}

export interface DayCount {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly consumer: XRoadId | undefined;
  readonly service: XRoadId | undefined;
  /** `ok` or the code of the problem. */
  readonly outcome: string;
  readonly entries: number;
}

/** Who asked about a person, summed up. */
export interface SubjectAccess {
  readonly consumer: XRoadId | undefined;
  readonly service: XRoadId | undefined;
  readonly purpose: string | undefined;
  readonly entries: number;
  readonly firstTime: string;
  readonly lastTime: string;
}

/** How far the index is behind its logs. */
export interface IndexState {
  readonly log: string;
  /** Entries indexed. */
  readonly indexed: number;
}

/** Every call throws Problem('index-unavailable') where the state database cannot answer in time. */
export interface AuditIndex {
  /** Whether `search` would take it; asks nobody. */
  isCursor(text: string): boolean;
  /** `limit` rows at most, after the cursor. Throws Problem('request-malformed') for a cursor that is none of this index's. */
  search(
    filter: AuditFilter,
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<AuditPage>;
  /** Every row that matches, newest first, in little memory. */
  stream(filter: AuditFilter, signal: AbortSignal): AsyncIterable<AuditRow>;
  /** Undefined where nothing of that id is indexed (yet). */
  find(exchangeId: string): Promise<AuditRow | undefined>;
  /**
   * By day, consumer, service and outcome, in that order; days in UTC. `kind` is `query`. Every day that the time touches
   * is counted whole. Throws Problem('result-too-large') for more rows than the gateway gives at once.
   */
  statistics(
    filter: Pick<AuditFilter, 'fromMs' | 'toMs' | 'consumer' | 'service' | 'outcome' | 'member'>,
  ): Promise<readonly DayCount[]>;
  /** Exchanges about these pseudonyms of one person, most entries first; none where `subjects` is absent. */
  accessesOf(filter: AuditFilter): Promise<readonly SubjectAccess[]>;
  state(): Promise<readonly IndexState[]>;
  /** True as soon as that entry of the gateway's own log is indexed; false where it is not within the time. Throws nothing. */
  waitUntil(index: number, timeoutMs: number): Promise<boolean>;
}
