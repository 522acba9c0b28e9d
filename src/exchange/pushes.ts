/** Where accepted pushes are: what senders, auditors and operators read of them, and what operators do about them; no SQL, no HTTP. */

import type { ProblemCode } from '../problems.ts';
import type { DiscardReason, LogPosition } from './entries.ts';
import type { LocalText } from './services.ts';
import type { XRoadId } from './types.ts';

/** Beside those that a leg has while it waits for its registry. */
export const pushStates = ['accepted', 'delivering', 'delivered', 'refused', 'retrying', 'dead', 'discarded'] as const;

/** What is not settled at a registry, by how it stands, from all gateways on the state database; absent where there is none. */
export type PushStock = readonly {
  readonly registry: string;
  /** `awaiting-answer`: the registry has it; `held`: behind an earlier one about any of its people. */
  readonly standing: 'waiting' | 'delivering' | 'retrying' | 'awaiting-answer' | 'held' | 'dead';
  readonly count: number;
  /** Acceptance of the oldest, Unix milliseconds. */
  readonly oldestMs: number;
}[];

/** Every condition holds; an absent one is none. */
export interface PushFilter {
  readonly sender?: XRoadId | undefined;
  readonly registry?: string | undefined;
  readonly service?: XRoadId | undefined;
  readonly state?: string | undefined;
  /** X-Road-Issue as it was sent. */
  readonly issue?: string | undefined;
  /** Of the acceptance, Unix milliseconds: inclusive, exclusive. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

export interface PushSummary {
  readonly id: string;
  readonly sender: XRoadId;
  readonly service: XRoadId;
  readonly version: string;
  readonly registry: string;
  /** One of `pushStates`, or a leg's own name for waiting. */
  readonly state: string;
  /** RFC 3339. */
  readonly acceptedAt: string;
  readonly since: string;
  readonly nextTry: string | undefined;
  /** Failed attempts of the present leg. */
  readonly tries: number;
  /** Of the last attempt. */
  readonly problem: ProblemCode | undefined;
  /** Code of the refusal, or why it was discarded. */
  readonly reason: string | undefined;
  readonly isFinal: boolean;
  /** Legs that have taken effect, whatever becomes of the push. */
  readonly legsDone: readonly string[];
  /** The leg that a registry may have: it is given it, will answer later, or nobody knows what came of a try. */
  readonly legInDoubt: string | undefined;
  /** The earliest push about any of its people that has to be settled first, whichever registry that goes to. */
  readonly heldBehind: string | undefined;
  /** It waits for an operator's decision about that one, or about what holds it: nothing goes on by itself. */
  readonly heldBehindDeadLetter: true | undefined;
  /** The state that an action brings it into which is kept, and not recorded yet. */
  readonly intended: string | undefined;
  readonly corrects: string | undefined;
  readonly correctedBy: string | undefined;
}

export interface PushDetails extends PushSummary {
  /** The registry's words for a refusal; gone once the message is erased. */
  readonly refusal: (LocalText & { readonly code: string }) | undefined;
  readonly legs: readonly { readonly name: string; readonly registry: string; readonly state: LegState }[];
  /** Of all legs in one; undefined before the end, and once it is erased. */
  readonly result: Readonly<Record<string, unknown>> | undefined;
  /** The entries of the log about it, in their order. */
  readonly transitions: readonly PushTransition[];
}

export type LegState = 'to-come' | 'current' | 'done' | 'refused';

export interface PushTransition {
  /** Of the entry: `/v1/exchanges/{id}/receipt` proves it. */
  readonly id: string;
  readonly time: string;
  readonly state: string;
  readonly leg: string | undefined;
  /** Origin of the log and place in it. */
  readonly log: string;
  readonly index: number;
}

export interface PushPage {
  readonly pushes: readonly PushSummary[];
  /** Gives the next page; undefined on the last one. */
  readonly next: string | undefined;
}

/** Every call throws Problem('delivery-unavailable') where the state database does not answer. */
export interface Pushes {
  find(exchangeId: string): Promise<PushDetails | undefined>;
  /** The newest first. */
  list(filter: PushFilter, page: { readonly limit: number; readonly after?: number | undefined }): Promise<PushPage>;
}

/** What an operator wants done. */
export interface PushAction {
  /** UUIDv7 of the request; the entry's id. */
  readonly id: string;
  /** Whom the operator's token was issued for. */
  readonly by: string;
  readonly exchangeId: string;
}

/** Both record the action before it takes effect. Throw Problem: `not-found`, `state-conflict`, `delivery-unavailable`, `log-unavailable`. */
export interface PushOperations {
  /** A dead letter is tried again, from the leg at which it stopped. */
  redeliver(action: PushAction): Promise<LogPosition>;
  /**
   * Nothing more is tried; what was held behind it goes on. Refused where something of it has taken effect, or may have,
   * unless the operator says that this is known.
   */
  discard(action: PushAction, reason: DiscardReason, legsStand: boolean): Promise<LogPosition>;
  /**
   * Dead letters that match, the oldest first, so many at most; gives the ids of those that are tried again. Recorded also
   * where nothing matches. A Problem on the way names those that are in `redelivered`.
   */
  redeliverAll(filter: PushFilter, action: Omit<PushAction, 'exchangeId'>): Promise<readonly string[]>;
}
