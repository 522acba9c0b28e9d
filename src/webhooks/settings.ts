/** What an operator sets for webhooks, and whom they are sent to. */

import type { WebhookStream } from '../exchange/events.ts';
import type { XRoadId } from '../exchange/types.ts';

export interface WebhookSettings {
  /** IP addresses or prefixes of receivers that are not public ones; only these may be reached without TLS, too. */
  readonly allowPrivateAddresses: readonly string[];
  readonly connectTimeoutMs: number;
  /** From the first byte of the request to the last of the answer. */
  readonly timeoutMs: number;
  readonly bodyBytesMax: number;
  readonly answerBytesMax: number;
  /** Pause after a failed attempt, doubled with each up to the second; half of it is chance. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  /** Failed attempts of one notice, and time since the first of them, after both of which a webhook is dead. */
  readonly triesMax: number;
  readonly failingHoursMax: number;
  /** Time after which what a silent gateway was sending goes on at another one, seconds. */
  readonly leaseSeconds: number;
}

/** Registered by the operator; no request names where anything is sent. */
export interface Receiver {
  readonly id: XRoadId;
  readonly url: string;
  readonly streams: readonly WebhookStream[];
  /** Authorities (PEM) that may have signed its certificate; those of Node if absent. */
  readonly ca: string | undefined;
}
