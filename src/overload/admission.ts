/** Takes an exchange in or turns it away by what is under way already, before anything of it is read but its headers. */

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Admission, Claim, Waiter, Waits } from '../exchange/ports.ts';
import type { Priority, XRoadId } from '../exchange/types.ts';
import { fairShare } from './fair-share.ts';
import { createInFlightLimit } from './in-flight-limit.ts';
import { createLongWaits } from './long-waits.ts';
import type { OverloadSettings } from './settings.ts';
import { createWaiters } from './waiters.ts';

export interface AdmissionSetup {
  readonly settings: OverloadSettings;
  /** The subsystem with its member's present code; undefined where none is registered. */
  readonly registered: (claimed: XRoadId) => XRoadId | undefined;
  readonly priorityOf: (consumer: XRoadId, claim: Claim) => Priority;
  /** Whether an exchange with that service is sure to be refused by its registry's full line. */
  readonly isLineFull: (service: string, waiter: Waiter) => boolean;
}

export interface ObservableAdmission extends Admission {
  readonly waits: Waits;
  /** Exchanges that may have places at present, that have them, and that have left theirs until somebody else has answered. */
  state(): { readonly limit: number; readonly inFlight: number; readonly waitingLong: number };
  close(): void;
}

/** Whoever claims to be nobody who is registered shares one consumer's part. */
const strangers = '';
const loopResolutionMs = 5;
const nanosecondsInMs = 1e6;

export function createAdmission({ settings, registered, priorityOf, isLineFull }: AdmissionSetup): ObservableAdmission {
  const { batchPercent, fairFromPercent, keptPercent, waitersPercent, retryAfterSeconds } = settings;
  const limit = createInFlightLimit(settings);
  const waits = createLongWaits(settings.longWaitMs, () => performance.now());
  const waitersMax = partOf(settings.inFlightMax, waitersPercent);
  const waiters = createWaiters({
    max: waitersMax,
    fairFrom: partOf(waitersMax, fairFromPercent),
    kept: keptOf(waitersMax, keptPercent),
  });
  const inFlightOf = new Map<XRoadId, number>();
  let inFlight = 0;
  let takenMost = 0;

  /** Places that are taken: the gateway has nothing to do for whoever waits for others that are slow. */
  const taken = () => inFlight - waits.count;
  const takenBy = (consumer: XRoadId) => (inFlightOf.get(consumer) ?? 0) - waits.countOf(consumer);

  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loop.enable();
  let used = performance.eventLoopUtilization();
  const looking = setInterval(() => {
    waits.look();
    const usedBefore = used;
    used = performance.eventLoopUtilization();
    limit.observe({
      loopDelayMs: loop.percentile(50) / nanosecondsInMs - loopResolutionMs,
      loopBusyPercent: 100 * performance.eventLoopUtilization(used, usedBefore).utilization,
      inFlightMost: takenMost,
    });
    loop.reset();
    takenMost = taken();
  }, settings.checkIntervalMs);
  looking.unref();

  function mayEnter(consumer: XRoadId, priority: Priority): boolean {
    const max = priority === 'batch' ? partOf(limit.current, batchPercent) : limit.current;
    // Nobody is turned away for those who have waited long: `waiters` bounds them, for each registry by itself.
    const held = taken();
    if (held >= max) return false;
    if (held < partOf(max, fairFromPercent)) return true;
    const consumers = inFlightOf.size + (inFlightOf.has(consumer) ? 0 : 1);
    // Without those that are kept nothing would be left where one floods alone, whose share is all of them.
    return takenBy(consumer) < fairShare(max, keptOf(max, keptPercent), held, consumers);
  }

  /** With no time to spare, whoever a full line would refuse is better turned away here: behind the door a refusal costs nearly an answer. */
  const isInVain = ({ service, isBulk }: Claim, waiter: Waiter) =>
    limit.isBusy && service !== undefined && !isBulk && isLineFull(service, waiter);

  function take(consumer: XRoadId): () => void {
    inFlight += 1;
    takenMost = Math.max(takenMost, taken());
    inFlightOf.set(consumer, (inFlightOf.get(consumer) ?? 0) + 1);
    return () => {
      inFlight -= 1;
      const left = (inFlightOf.get(consumer) ?? 1) - 1;
      if (left === 0) inFlightOf.delete(consumer);
      else inFlightOf.set(consumer, left);
    };
  }

  function begin(consumer: XRoadId, awaited: string): (() => void) | undefined {
    const leave = waiters.enter(consumer, awaited);
    if (leave === undefined) return undefined;
    const end = waits.begin(consumer);
    return () => {
      end();
      leave();
    };
  }

  return {
    retryAfterSeconds,
    waits: { begin },
    enter(claim) {
      const known = claim.consumer === undefined ? undefined : registered(claim.consumer);
      const consumer = known ?? strangers;
      const priority = known === undefined || claim.isBulk ? 'batch' : priorityOf(known, claim);
      if (!mayEnter(consumer, priority) || isInVain(claim, { consumer, priority })) return undefined;
      return take(consumer);
    },
    isPressed: () => limit.isLate || taken() >= partOf(limit.current, batchPercent),
    state: () => ({ limit: limit.current, inFlight: taken(), waitingLong: waits.count }),
    close() {
      clearInterval(looking);
      loop.disable();
    },
  };
}

/** None of a few: one would be much of them. */
const keptOf = (whole: number, percent: number) => Math.floor((whole * percent) / 100);

const partOf = (whole: number, percent: number) => Math.max(1, Math.floor((whole * percent) / 100));
