/** What a registry is given from accepted pushes, and what it may say to it. */

import type { LocalText } from '../exchange/services.ts';

/** One leg of an accepted push, as its registry is given it: perhaps again, perhaps more than once at the same time. */
export interface Delivery {
  /** Of the push: the same in all its legs and however often it is given. */
  readonly exchangeId: string;
  /** Name of the leg, the key of its delivery handler. With the exchange's id it is the key of the registry's inbox. */
  readonly leg: string;
  /**
   * How often the registry refused it and an operator has it decided anew since: 0 at first. A refusal holds for its round
   * and those before it, so that nothing of them, come late, takes effect after all.
   */
  readonly round: number;
  /** As it was accepted: valid by the schema of the push, whose shape the handler knows. */
  readonly message: unknown;
  /** Identifier of the subsystem that sent it. */
  readonly sender: string;
  /** When the gateway accepted it, Unix milliseconds: the same however late it is delivered. */
  readonly acceptedAtMs: number;
  /** Results of the legs before this one, by name of the leg. */
  readonly results: Readonly<Record<string, DeliveryResult>>;
}

export type DeliveryResult = Readonly<Record<string, unknown>>;

/** What a registry says to a delivery. Whatever keeps it from saying so is a SourceError: temporary, to be tried again. */
export type DeliveryOutcome = DeliveryDone | DeliveryRefused | DeliveryWaiting;

/** The effect is there, durable. */
export interface DeliveryDone {
  readonly outcome: 'done';
  /** Goes to the later legs and, merged with theirs, to the sender. */
  readonly result?: DeliveryResult;
  /** Further PINs whose cached answers are invalid now: people whom the registry knows of and the message does not name. */
  readonly concerns?: readonly string[];
}

/** The registry will not do it, now or later, unless it is asked in a later round; nothing has taken effect. */
export interface DeliveryRefused {
  readonly outcome: 'refused';
  readonly reason: RefusalReason;
}

/** Told to the sender: no personal data beyond what the sender's own message holds. */
export interface RefusalReason extends LocalText {
  /** Stable, for programs: `already-registered`. */
  readonly code: string;
}

/** The registry has taken it and will answer later: the same delivery is to be given again after that time. No failure. */
export interface DeliveryWaiting {
  readonly outcome: 'waiting';
  readonly retryAfterMs: number;
}

export interface DeliveryCall {
  /** Aborted when the time budget is spent. */
  readonly signal: AbortSignal;
}

/**
 * Takes one delivery once: however often it is given, also at the same time, the effect is there once and the outcome is
 * the same (`waiting` aside, which another one follows). Throws SourceError for temporary trouble; whether the effect is
 * there is unknown then, and the same delivery is given again. One that is `isUnsent` says that surely nothing has taken
 * effect: a handler that asks its registry more than once lets it through from its first request only.
 */
export type DeliveryHandler = (delivery: Delivery, call: DeliveryCall) => Promise<DeliveryOutcome>;
