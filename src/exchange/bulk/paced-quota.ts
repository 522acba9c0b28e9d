/** Lets the lines of bulk requests wait for their agreement's next token, in line, and leaves some of the bucket to single requests. */

import type { Quota } from '../ports.ts';
import type { Charged, QuotaState } from '../types.ts';

export interface PacedQuotaSettings {
  /** Longest wait for one token, milliseconds; what would take longer is refused. */
  readonly quotaWaitMs: number;
  /** Part of an agreement's burst below which bulk requests take every second token only. */
  readonly quotaReservePercent: number;
}

/** Resolves after the time, or as soon as the signal aborts. */
export type Rest = (ms: number, signal: AbortSignal) => Promise<void>;

export interface PacedQuotaSetup {
  readonly quota: Quota;
  readonly settings: PacedQuotaSettings;
  readonly rest: Rest;
  /** Ends every wait. */
  readonly stopping: AbortSignal;
}

interface Waiting extends PromiseWithResolvers<QuotaState> {
  readonly grant: Charged;
}

export function createPacedQuota({ quota, settings, rest, stopping }: PacedQuotaSetup): Quota {
  /** Those who wait, by agreement; there is a line only while somebody serves it. */
  const lines = new Map<string, Waiting[]>();

  function lineUp(grant: Charged): Promise<QuotaState> {
    const one = { grant, ...Promise.withResolvers<QuotaState>() };
    const line = lines.get(grant.agreementId);
    if (line !== undefined) line.push(one);
    else {
      lines.set(grant.agreementId, [one]);
      void serve(grant.agreementId, lines.get(grant.agreementId) ?? []);
    }
    return one.promise;
  }

  /** One after the other; whoever waits behind one that got nothing would get nothing either. */
  async function serve(agreementId: string, line: Waiting[]): Promise<void> {
    for (let head = line[0]; head !== undefined; head = line[0]) {
      try {
        const state = await whenGranted(head.grant);
        for (const one of state.granted ? line.splice(0, 1) : line.splice(0)) one.resolve(state);
        if (state.granted && isInReserve(state)) await pause(2 * tokenMs(state));
      } catch (error) {
        for (const one of line.splice(0)) one.reject(error);
      }
    }
    lines.delete(agreementId);
  }

  async function whenGranted(grant: Charged): Promise<QuotaState> {
    for (let waitedMs = 0; ; ) {
      const state = await quota.charge(grant);
      const stepMs = tokenMs(state);
      if (state.granted || stopping.aborted || waitedMs + stepMs > settings.quotaWaitMs) return state;
      await pause(stepMs);
      waitedMs += stepMs;
    }
  }

  const isInReserve = ({ remaining, policy }: QuotaState) =>
    remaining < Math.floor((policy.burst * settings.quotaReservePercent) / 100);

  const pause = (ms: number) => rest(Math.min(ms, settings.quotaWaitMs), stopping);

  /** Sets out without a wait, unless others wait already or single requests are short of tokens. */
  function settle(grant: Charged, state: QuotaState): QuotaState | Promise<QuotaState> {
    if (!state.granted) return lineUp(grant);
    if (isInReserve(state) && !lines.has(grant.agreementId)) {
      const line: Waiting[] = [];
      lines.set(grant.agreementId, line);
      void pause(2 * tokenMs(state)).then(() => serve(grant.agreementId, line));
    }
    return state;
  }

  return {
    charge(grant) {
      if (lines.has(grant.agreementId)) return lineUp(grant);
      const state = quota.charge(grant);
      return state instanceof Promise ? state.then((known) => settle(grant, known)) : settle(grant, state);
    },
  };
}

/** Until one token has come, milliseconds. */
const tokenMs = ({ policy }: QuotaState) => Math.max(1, Math.ceil(1000 / policy.requestsPerSecond));
