/** Decides after each try of a leg what becomes of its push. */

import type { DeliveryOutcome, DeliveryRefused, DeliveryWaiting } from '../adapter-kit/delivery.ts';
import { SourceError } from '../adapter-kit/source-error.ts';
import type { AnswerCache } from '../exchange/ports.ts';
import type { PushLeg } from '../exchange/services.ts';
import { Problem } from '../problems.ts';
import type { Calls } from './calls.ts';
import type { Carried, MovingOn } from './moving-on.ts';
import { stateOfWaiting } from './offered-pushes.ts';
import { isTooOld, nextTryMs } from './retry-time.ts';
import type { DeliverySecrets } from './secrets.ts';
import { mergedResult, personKeys, sealResults } from './stored.ts';
import type { NextState } from './transitions.ts';

export interface SettlingSetup {
  readonly secrets: DeliverySecrets;
  readonly calls: Pick<Calls, 'resetMs'>;
  readonly cache: Pick<AnswerCache, 'forget'>;
  readonly move: MovingOn['move'];
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Told of failures of registries, for the operational log. */
  readonly onFault: (problem: Problem, exchangeId: string) => void;
}

export interface Settling {
  /** True where another leg follows at once. */
  settleLeg(one: Carried, leg: PushLeg, outcome: DeliveryOutcome | Problem): Promise<boolean>;
  /** No try of the message's own: its registry gets nothing at present. */
  pause(one: Carried, leg: PushLeg): Promise<false>;
}

export function createSettling(setup: SettlingSetup): Settling {
  const { secrets, calls, cache, move, nowMs } = setup;

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

  return { settleLeg, pause };
}

/** Surely nothing has come to the registry. */
function isUnsent({ code, cause }: Problem): boolean {
  return code === 'service-unknown' || (cause instanceof SourceError && cause.isUnsent);
}
