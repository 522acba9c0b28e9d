/** What delivered pushes are announced as: who may be told which part of it, how it is read and sent on; no SQL, no HTTP. */

import type { ProblemCode } from '../problems.ts';
import type { LogPosition } from './entries.ts';
import type { MessageValue } from './services.ts';
import type { XRoadId } from './types.ts';

/** A push that came to its end, or cannot go on, as the gateway keeps it for those who are told. */
export interface Announcement {
  /** Of the log's entry about it; the same however often it is told. */
  readonly id: string;
  readonly exchangeId: string;
  readonly timeMs: number;
  readonly sender: XRoadId;
  readonly service: XRoadId;
  readonly version: string;
  readonly state: string;
  /** Nothing will follow. */
  readonly isFinal: boolean;
  readonly problem: ProblemCode | undefined;
  readonly reason: string | undefined;
  /** Legs that have taken effect; undefined where that was not kept. */
  readonly legsDone: readonly string[] | undefined;
  /** The leg that a registry may have. */
  readonly legInDoubt: string | undefined;
  /** X-Road-Issue, as it was sent. */
  readonly issue: string | undefined;
  readonly event: string | undefined;
  /** Whom the event is about: PINs. */
  readonly persons: readonly string[];
  /** What may be granted of the event; empty where there is none. */
  readonly data: EventData;
}

export interface EventData {
  readonly message?: MessageValue;
  readonly result?: MessageValue;
}

/** Opens what the state database holds sealed. Throws where it was sealed under another key. */
export type OpenAnnouncement = (
  row: Pick<Announcement, 'id' | 'exchangeId' | 'timeMs' | 'sender' | 'service' | 'version' | 'state' | 'event'>,
  content: Uint8Array,
) => Announcement;

/** What one agreement in force tells a consumer of one service's event. */
export interface Subscription {
  readonly agreementId: string;
  readonly legalBasis: string;
  readonly purpose: string;
  readonly consumer: XRoadId;
  readonly service: XRoadId;
  readonly event: string;
  /** Events of this time are granted, Unix milliseconds: inclusive, exclusive. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Copies what is granted, and can copy nothing else. Undefined where the version has no such event. */
  disclose(version: string, data: EventData): DisclosedEvent | undefined;
}

export interface DisclosedEvent {
  readonly data: EventData;
  /** Granted fields that were there, sorted. */
  readonly fields: readonly string[];
}

export interface Subscriptions {
  /** Throws Problem (403) where nothing is granted now. */
  of(consumer: XRoadId, nowMs: number): readonly Subscription[];
  /** Services whose event some agreement, of whatever days, is about. */
  readonly services: ReadonlySet<XRoadId>;
}

/** As a subscriber is told it. */
export interface ToldEvent {
  readonly cursor: string;
  readonly id: string;
  readonly event: string;
  readonly exchangeId: string;
  readonly service: XRoadId;
  readonly version: string;
  /** RFC 3339. */
  readonly time: string;
  readonly agreement: string;
  readonly data: EventData;
}

export interface EventPage {
  readonly events: readonly ToldEvent[];
  /** Where to read on; also where there was nothing. */
  readonly next: string;
}

export interface EventQuestion {
  readonly consumer: XRoadId;
  /** Undefined: from the oldest that is kept. */
  readonly after: number | undefined;
  readonly limit: number;
  /** Only this one. */
  readonly event: string | undefined;
}

export interface EventFeed {
  /**
   * Waits so long for the first event where there is none. Every disclosure is recorded before this resolves. Throws
   * Problem: 403 by agreement, `quota-exceeded`, `events-expired`, `events-busy`, `events-unavailable`, `log-unavailable`.
   */
  page(question: EventQuestion, waitMs: number, signal: AbortSignal): Promise<EventPage>;
  /** Whoever waits is answered now, and nobody waits from now on. */
  endWaiting(): void;
}

/** One thing that a receiver is sent, and where to go on after it. */
export interface NextNotice {
  /** Undefined where there is nothing (more) for the receiver. */
  readonly notice: Notice | undefined;
  readonly next: number;
}

export interface Notice {
  readonly id: string;
  /** JSON. */
  readonly content: string;
}

/** What a webhook sends, one by one in its order. */
export interface NoticeSource {
  /** Rejects where it cannot be read, or a disclosure not be recorded. `told` is the notice whose disclosure is recorded already. */
  next(receiver: XRoadId, after: number, told: string | undefined): Promise<NextNotice>;
}

export type WebhookStream = 'events' | 'final-states';

export interface WebhookStatus {
  readonly receiver: XRoadId;
  readonly stream: WebhookStream;
  /** Host and port that are sent to. */
  readonly host: string;
  /** `going`, `failing` (tried again), `dead` (nothing is tried until it is started again). */
  readonly state: 'going' | 'failing' | 'dead';
  readonly cursor: string;
  /** Numbers between the cursor and the newest: at most so many notices wait. */
  readonly behind: number;
  readonly tries: number;
  /** RFC 3339. */
  readonly nextTry: string | undefined;
  readonly failingSince: string | undefined;
  /** What went wrong last. */
  readonly fault: string | undefined;
  /** An operator has asked for a restart that is kept, and not done yet. */
  readonly restarting: true | undefined;
}

export interface WebhookRestart {
  /** UUIDv7 of the request; the entry's id. */
  readonly id: string;
  readonly by: string;
  readonly receiver: XRoadId;
}

/** Throws Problem('events-unavailable') where the state database does not answer. */
export interface WebhookOperations {
  list(): Promise<readonly WebhookStatus[]>;
  /** Tries all of a receiver's again at once; kept, recorded, then done. Throws Problem: `not-found`; `log-unavailable`: done later. */
  restart(restart: WebhookRestart): Promise<LogPosition>;
  /** Public keys that verify the signatures: JSON Web Key Set (RFC 7517). */
  readonly keySet: object;
}
