/** Carries one push through its legs, from one registry to the next, and says after each what became of it. */

import type { Delivery, DeliveryOutcome, DeliveryRefused, DeliveryWaiting } from '../adapter-kit/delivery.ts';
import { SourceError } from '../adapter-kit/source-error.ts';
import type { AnswerCache, Catalogue } from '../exchange/ports.ts';
import type { PushLeg, PushService } from '../exchange/services.ts';
import { Problem } from '../problems.ts';
import type { Announcing } from './announcements.ts';
import type { Calls } from './calls.ts';
import type { Claimed } from './claims.ts';
import type { JobFate, Moves } from './moves.ts';
import { pushOf } from './offered-pushes.ts';
import { isTooOld, nextTryMs } from './retry-time.ts';
import type { DeliverySecrets } from './secrets.ts';
import { openMessage, openResults, personKeys, type SealedMessage, type SealedResults, sealResults } from './stored.ts';
import { type NextState, type TransitionSetup, transitionEntry } from './transitions.ts';

export interface CarrierSetup extends TransitionSetup {
  readonly secrets: DeliverySecrets;
  readonly catalogue: Catalogue;
  readonly calls: Calls;
  readonly moves: Moves;
  readonly announcing: Pick<Announcing, 'rowOf'>;
  readonly cache: Pick<AnswerCache, 'forget'>;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Told of failures of registries, for the operational log. */
  readonly onFault: (problem: Problem, exchangeId: string) => void;
}

export interface Carrier {
  /** Until it is settled, put back, or in other hands. Rejects when the signal aborts: then it is to be given back. */
  carry(claimed: Claimed, signal: AbortSignal): Promise<void>;
}

/** A push on its way. */
interface Carried {
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

/** The name for waiting where a leg has none of its own. */
const waitingState = 'waiting';

export function createCarrier(setup: CarrierSetup): Carrier {
  const { secrets, catalogue, calls, moves, cache, nowMs } = setup;

  async function carryLegs(one: Carried, signal: AbortSignal): Promise<void> {
    for (let leg = one.push.legs[one.state.leg]; leg !== undefined; leg = one.push.legs[one.state.leg]) {
      if (calls.circuitOf(leg.registry) === 'open') return void (await pause(one, leg));
      const leave = await calls.turn(leg, signal);
      try {
        if (!(await begin(one, leg))) return;
        const outcome = await calls.give(one.push, leg, deliveryOf(one, leg), signal);
        if (!(await settleLeg(one, leg, outcome))) return;
      } finally {
        leave();
      }
    }
  }

  /** A leg that waits for its registry is asked again and again: that alone is no news. One that is given again is. */
  async function begin(one: Carried, leg: PushLeg): Promise<boolean> {
    const { state } = one;
    if (state.state === stateOfWaiting(leg) || one.isBegun) return true;
    return move(one, { state: 'delivering', leg: state.leg, tries: state.tries }, 'held');
  }

  /** True where another leg follows at once. */
  async function settleLeg(one: Carried, leg: PushLeg, outcome: DeliveryOutcome | Problem): Promise<boolean> {
    if (outcome instanceof Problem) return settleProblem(one, leg, outcome);
    switch (outcome.outcome) {
      case 'refused':
        return refuse(one, outcome);
      case 'waiting':
        return wait(one, leg, outcome);
      case 'done':
        break;
    }
    // Before anybody is told that it is done, nobody may be told what was before.
    await cache.forget([...one.push.concernsOf(one.message.value), ...(outcome.concerns ?? [])]);
    one.results = { legs: { ...one.results.legs, [leg.delivery]: outcome.result ?? {} } };
    one.inDoubt = false;
    const next = one.state.leg + 1;
    const isLast = next === one.push.legs.length;
    if (isLast) checkResult(one);
    const results = sealResults(secrets, one.claimed.id, one.results);
    if (!isLast) return move(one, { state: 'delivering', leg: next, tries: 0 }, 'held', results, true, newcomers(one));
    await move(one, { state: 'delivered', leg: next, tries: 0, isFinal: true }, 'over', results);
    return false;
  }

  /** Behind a leg that has taken effect it is no end: registers would go on disagreeing, and what follows build on that. */
  async function refuse(one: Carried, { reason }: DeliveryRefused): Promise<false> {
    one.inDoubt = false;
    const { legs, round = 0 } = one.results;
    one.results = { legs, refusal: { code: reason.code, en: reason.en, vi: reason.vi }, round: round + 1 };
    const results = sealResults(secrets, one.claimed.id, one.results);
    const { leg, tries } = one.state;
    const told = { leg, tries, reason: reason.code };
    if (leg > 0) await move(one, { ...told, state: 'dead', problem: 'refused-in-part' }, { at: 'never' }, results);
    else await move(one, { ...told, state: 'refused', isFinal: true }, 'over', results);
    return false;
  }

  async function wait(one: Carried, leg: PushLeg, { retryAfterMs }: DeliveryWaiting): Promise<false> {
    const { claimed, push, state } = one;
    one.inDoubt = true;
    if (isTooOld(push.retry, claimed.triedSinceMs ?? nowMs(), nowMs()))
      return giveUp(one, new Problem('registry-timeout', ''));
    const at = nowMs() + retryAfterMs;
    const next = { state: stateOfWaiting(leg), leg: state.leg, tries: state.tries, nextTryMs: at };
    const isNews = state.state !== next.state;
    await move(one, next, { at }, undefined, isNews);
    return false;
  }

  async function settleProblem(one: Carried, leg: PushLeg, problem: Problem): Promise<false> {
    const { claimed, push, state } = one;
    if (problem.code === 'circuit-open' || problem.code === 'registry-busy') return pause(one, leg, problem.code);
    setup.onFault(problem, claimed.id);
    if (!isUnsent(problem)) {
      // The effect may be there: nobody may be told what was before it.
      one.inDoubt = true;
      await cache.forget(push.concernsOf(one.message.value));
    }
    const tries = state.tries + 1;
    const now = nowMs();
    const retry = { policy: push.retry, tries, sinceMs: claimed.triedSinceMs ?? now, nowMs: now };
    const retryAfterMs = problem.cause instanceof SourceError ? problem.cause.retryAfterMs : undefined;
    const at = nextTryMs({ ...retry, random: setup.random(), retryAfterMs });
    if (at === undefined) return giveUp({ ...one, state: { ...state, tries } }, problem);
    const next = { state: 'retrying', leg: state.leg, tries, nextTryMs: at, problem: problem.code };
    await move(one, next, { at });
    return false;
  }

  /** No try of the message's own: its registry gets nothing at present. */
  async function pause(one: Carried, leg: PushLeg, problem: Problem['code'] = 'circuit-open'): Promise<false> {
    const { leg: ordinal, tries, state, problem: before } = one.state;
    const at = nowMs() + Math.ceil(calls.resetMs(leg.registry) * (1 + setup.random() / 2));
    const next: NextState = { state: 'retrying', leg: ordinal, tries, nextTryMs: at, problem };
    await move(one, next, { at }, undefined, state !== next.state || before !== problem);
    return false;
  }

  /** Kept as it is, and what comes after it about the person with it, until an operator decides. */
  async function giveUp(one: Carried, { code }: Problem): Promise<false> {
    const { leg, tries } = one.state;
    await move(one, { state: 'dead', leg, tries, problem: code }, { at: 'never' });
    return false;
  }

  async function move(
    one: Carried,
    next: NextState,
    fate: JobFate,
    results?: string,
    isNews = true,
    persons?: readonly string[],
  ): Promise<boolean> {
    const { claimed, message, push } = one;
    const now = nowMs();
    const entry = isNews ? transitionEntry(setup, claimed, { ...message, push }, next, now) : undefined;
    one.state = next;
    one.isBegun = next.state === 'delivering';
    const { registry, job, taking } = claimed;
    // Said before the registry is given it, for whatever ends in between.
    const inDoubt = next.state === 'delivering' || one.inDoubt;
    const ended = entry && { entry, next, inDoubt, message: { ...message, push }, results: one.results };
    const announcement = ended && setup.announcing.rowOf(ended);
    const told = { inDoubt, entry, results, persons, announcement, nowMs: now };
    return moves.make({ registry, job, taking, next, fate, ...told });
  }

  /** Whom it turns out to be about before its end, as a child that has got its number: what follows about them waits, too. */
  function newcomers({ push, message: { value }, results, claimed }: Carried): readonly string[] {
    const known = new Set(push.personsIn(value, {}));
    const pins = push.personsIn(value, mergedResult(push, results)).filter((pin) => !known.has(pin));
    return pins.length === 0 ? [] : personKeys(secrets, pins, claimed.id);
  }

  /** The effect is there whatever the result looks like: a wrong one is kept from the sender, not the push from its end. */
  function checkResult(one: Carried): void {
    const violations = one.push.answerViolations(mergedResult(one.push, one.results));
    if (violations.length === 0) return;
    const detail = `The result of ${one.push.id} breaks its schema; it is not disclosed.`;
    setup.onFault(new Problem('registry-answer-invalid', detail), one.claimed.id);
    one.results = { legs: {} };
  }

  return {
    async carry(claimed, signal) {
      const push = pushOf(catalogue, claimed);
      if (push === undefined || claimed.content === null || push.legs[claimed.leg] === undefined) {
        const next: NextState = { state: 'dead', leg: claimed.leg, tries: claimed.tries, problem: 'service-unknown' };
        const entry = transitionEntry(setup, claimed, undefined, next, nowMs());
        const { registry, job, taking } = claimed;
        const { inDoubt } = claimed;
        const ended = { entry, next, inDoubt, message: undefined, results: { legs: {} } };
        const announcement = setup.announcing.rowOf(ended);
        const kept = { inDoubt, entry, results: undefined, announcement, nowMs: nowMs() };
        await moves.make({ registry, job, taking, next, fate: { at: 'never' }, ...kept });
        return;
      }
      const { id, state, leg, tries, problem, inDoubt } = claimed;
      const message = openMessage(secrets, id, claimed.content);
      const results = openResults(secrets, id, claimed.results);
      const before = { state, leg, tries, problem };
      await carryLegs({ claimed, message, push, results, state: before, inDoubt, isBegun: false }, signal);
    },
  };
}

/** Surely nothing has come to the registry. */
function isUnsent({ code, cause }: Problem): boolean {
  return code === 'service-unknown' || (cause instanceof SourceError && cause.isUnsent);
}

function deliveryOf({ claimed, message, results }: Carried, { delivery }: PushLeg): Delivery {
  const { id: exchangeId, sender, acceptedAtMs } = claimed;
  const { legs, round = 0 } = results;
  return { exchangeId, leg: delivery, round, message: message.value, sender, acceptedAtMs, results: legs };
}

/** What the sender is given in the end: the results of all legs in one. */
export function mergedResult({ legs }: PushService, results: SealedResults): Record<string, unknown> {
  return Object.assign({}, ...legs.map(({ delivery }) => results.legs[delivery]));
}

/** What a push is in while the registry has it. */
export function stateOfWaiting({ state }: PushLeg): string {
  return state ?? waitingState;
}
