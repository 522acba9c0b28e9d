/** Lets the lines of bulk requests wait for a registry instead of being refused, and leaves part of each registry to single requests. */

import type { Breakers, BreakerTarget, Waiter } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import { createSlots, type Slots } from './slots.ts';

export interface PatientBreakerSettings {
  /** Part of what a registry is asked at once that all bulk requests together may take; one call at least. */
  readonly registryConcurrencyPercent: number;
  /** How long a line waits for its turn among the lines of all bulk requests, milliseconds. */
  readonly turnWaitMs: number;
  /** Until a registry that is full is asked again, milliseconds. */
  readonly busyRetryMs: number;
  /** After which a line is refused all the same, milliseconds. */
  readonly busyWaitMs: number;
}

/** Resolves after the time, or as soon as the signal aborts. */
type Rest = (ms: number, signal: AbortSignal) => Promise<void>;

/** What waits here is bounded by the lines that bulk requests have under way. */
const queueMax = Number.POSITIVE_INFINITY;

export function createPatientBreakers(breakers: Breakers, settings: PatientBreakerSettings, rest: Rest): Breakers {
  const shares = new Map<string, Slots>();

  /** Its consumers take turns: one that sends a thousand lines keeps nobody else's waiting for all of them. */
  function shareOf({ registry, registryConcurrencyMax }: BreakerTarget): Slots {
    const known = shares.get(registry);
    if (known !== undefined) return known;
    const max = Math.floor((registryConcurrencyMax * settings.registryConcurrencyPercent) / 100);
    const made = createSlots(Math.max(1, max), 1);
    shares.set(registry, made);
    return made;
  }

  async function enter(share: Slots, target: BreakerTarget, signal: AbortSignal, waiter: Waiter): Promise<void> {
    if (share.take()) return;
    const queueWaitMs = settings.turnWaitMs;
    if (await share.wait(waiter, { queueMax, queueWaitMs, signal })) return;
    if (signal.aborted) throw signal.reason;
    const detail = `So many lines of bulk requests wait for the registry behind ${target.id} that the turn of this one did not come.`;
    throw new Problem('registry-busy', detail, { retryAfterSeconds: Math.ceil(queueWaitMs / 1000) });
  }

  return {
    stateOf: breakers.stateOf,
    async run(target, signal, work, { consumer }: Pick<Waiter, 'consumer'> = nobody) {
      // Whatever its agreement says: nobody waits for one line.
      const behind: Waiter = { consumer, priority: 'batch' };
      const share = shareOf(target);
      await enter(share, target, signal, behind);
      try {
        for (let waitedMs = 0; ; waitedMs += settings.busyRetryMs) {
          try {
            return await breakers.run(target, signal, work, behind);
          } catch (error) {
            if (!isBusy(error) || waitedMs >= settings.busyWaitMs || signal.aborted) throw error;
          }
          await rest(settings.busyRetryMs, signal);
        }
      } finally {
        share.giveBack();
      }
    },
  };
}

const nobody: Pick<Waiter, 'consumer'> = { consumer: '' };

/** Refused before anything was done. */
const isBusy = (error: unknown) => error instanceof Problem && error.code === 'registry-busy';
