/** Writes down that a push came into another state, in the form that the log keeps. */

import type { DeliveryEntry } from '../exchange/entries.ts';
import type { Pseudonyms } from '../exchange/ports.ts';
import type { PushService } from '../exchange/services.ts';
import { problemKinds } from '../problem-kinds.ts';
import type { ProblemCode } from '../problems.ts';
import type { SealedMessage } from './stored.ts';

/** What a push is from now on. */
export interface NextState {
  readonly state: string;
  /** Ordinal of the leg that it is about. */
  readonly leg: number;
  /** Failed attempts of that leg so far. */
  readonly tries: number;
  readonly nextTryMs?: number | undefined;
  readonly problem?: ProblemCode | undefined;
  readonly reason?: string | undefined;
  /** Nothing will follow. */
  readonly isFinal?: boolean;
}

export interface TransitionSetup {
  readonly pseudonyms: Pseudonyms;
  readonly makeId: () => string;
}

export interface MovedPush {
  readonly id: string;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
}

/** @param message what is known of the message; undefined where it cannot be read any more. */
export function transitionEntry(
  { pseudonyms, makeId }: TransitionSetup,
  { id, sender, service, version }: MovedPush,
  message: (SealedMessage & { readonly push: PushService | undefined }) | undefined,
  next: NextState,
  nowMs: number,
): DeliveryEntry {
  const subject = message?.push?.subjectOf(message.value);
  const { nextTryMs, problem } = next;
  // In the order of the names, so that printing it gives canonical JSON.
  return {
    consumer: sender,
    durationMs: 0,
    exchange: id,
    id: makeId(),
    issue: message && issueIn(pseudonyms, message),
    kind: 'delivery',
    leg: next.isFinal && next.state === 'delivered' ? undefined : message?.push?.legs[next.leg]?.delivery,
    nextTry: nextTryMs === undefined ? undefined : new Date(nextTryMs).toISOString(),
    official: message?.official === undefined ? undefined : pseudonyms.person(message.official),
    problem,
    reason: next.reason,
    service,
    state: next.state,
    status: problem === undefined ? 200 : problemKinds[problem].status,
    subject: subject === undefined ? undefined : pseudonyms.person(subject),
    subjectNumber: undefined,
    time: new Date(nowMs).toISOString(),
    try: next.state === 'delivering' ? next.tries + 1 : undefined,
    version,
  };
}

/** As in the entry of the acceptance, where that could be read. */
function issueIn(pseudonyms: Pseudonyms, { issue, entry }: SealedMessage): string | undefined {
  return issue === undefined || entry.issue === issue ? issue : pseudonyms.text(issue);
}
