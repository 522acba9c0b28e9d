/** A push on its way from leg to leg, and how it comes into its next state: with the entry, the results and the announcement of that. */

import type { PushService } from '../exchange/services.ts';
import type { Announcing } from './announcements.ts';
import type { Claimed } from './claims.ts';
import type { JobFate, Moves } from './moves.ts';
import type { SealedMessage, SealedResults } from './stored.ts';
import { type NextState, type TransitionSetup, transitionEntry } from './transitions.ts';

/** A push on its way. */
export interface Carried {
  readonly claimed: Claimed;
  readonly message: SealedMessage;
  readonly push: PushService;
  results: SealedResults;
  /** As the database has it. */
  state: NextState;
  /** The present leg may have taken effect by a try whose outcome nobody knows. */
  inDoubt: boolean;
  /** The leg that is next was recorded as begun since the push was taken in hand. */
  isBegun: boolean;
}

export interface MovingOnSetup extends TransitionSetup {
  readonly moves: Moves;
  readonly announcing: Pick<Announcing, 'rowOf'>;
  readonly nowMs: () => number;
}

export interface MovingOn {
  /**
   * See Moves. `results` are sealed, in base64; where it is no news, nothing is recorded; `persons` are keyed, those whom
   * it is about as well.
   */
  move(
    one: Carried,
    next: NextState,
    fate: JobFate,
    results?: string,
    isNews?: boolean,
    persons?: readonly string[],
  ): Promise<boolean>;
  /** A dead letter, for nothing of it can be read or given to anybody here. */
  abandon(claimed: Claimed): Promise<void>;
}

export function createMovingOn(setup: MovingOnSetup): MovingOn {
  const { moves, announcing, nowMs } = setup;
  return {
    async move(one, next, fate, results, isNews = true, persons) {
      const { claimed, message, push } = one;
      const now = nowMs();
      const entry = isNews ? transitionEntry(setup, claimed, { ...message, push }, next, now) : undefined;
      one.state = next;
      one.isBegun = next.state === 'delivering';
      const { registry, job, taking } = claimed;
      // Said before the registry is given it, for whatever ends in between.
      const inDoubt = next.state === 'delivering' || one.inDoubt;
      const ended = entry && { entry, next, inDoubt, message: { ...message, push }, results: one.results };
      const announcement = ended && announcing.rowOf(ended);
      const told = { inDoubt, entry, results, persons, announcement, nowMs: now };
      return moves.make({ registry, job, taking, next, fate, ...told });
    },
    async abandon(claimed) {
      const { registry, job, taking, inDoubt, leg, tries } = claimed;
      const next: NextState = { state: 'dead', leg, tries, problem: 'service-unknown' };
      const entry = transitionEntry(setup, claimed, undefined, next, nowMs());
      const announcement = announcing.rowOf({ entry, next, inDoubt, message: undefined, results: { legs: {} } });
      const kept = { inDoubt, entry, results: undefined, announcement, nowMs: nowMs() };
      await moves.make({ registry, job, taking, next, fate: { at: 'never' }, ...kept });
    },
  };
}
