/** Takes an exchange in or turns it away by what is under way already, before anything of it is read but its headers. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Admission, Claim, Priority } from '../exchange/ports.ts';
import type { XRoadId } from '../exchange/types.ts';
import { createInFlightLimit } from './in-flight-limit.ts';
import type { OverloadSettings } from './settings.ts';

export interface AdmissionSetup {
  readonly settings: OverloadSettings;
  /** The subsystem with its member's present code; undefined where none is registered. */
  readonly registered: (claimed: XRoadId) => XRoadId | undefined;
  readonly priorityOf: (consumer: XRoadId, claim: Claim) => Priority;
}

export interface ObservableAdmission extends Admission {
  /** Exchanges that may be under way at present, and that are. */
  state(): { readonly limit: number; readonly inFlight: number };
  close(): void;
}

/** Whoever claims to be nobody who is registered shares one consumer's part. */
const strangers = '';
const loopResolutionMs = 5;
const nanosecondsInMs = 1e6;

export function createAdmission({ settings, registered, priorityOf }: AdmissionSetup): ObservableAdmission {
  const { batchPercent, fairFromPercent, retryAfterSeconds } = settings;
  const limit = createInFlightLimit(settings);
  const inFlightOf = new Map<XRoadId, number>();
  let inFlight = 0;
  let inFlightMost = 0;

  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  loop.enable();
  const looking = setInterval(() => {
    limit.observe(loop.percentile(90) / nanosecondsInMs - loopResolutionMs, inFlightMost);
    loop.reset();
    inFlightMost = inFlight;
  }, settings.checkIntervalMs);
  looking.unref();

  function mayEnter(consumer: XRoadId, priority: Priority): boolean {
    const max = priority === 'batch' ? partOf(limit.current, batchPercent) : limit.current;
    if (inFlight >= max) return false;
    if (inFlight < partOf(max, fairFromPercent)) return true;
    const own = inFlightOf.get(consumer);
    const consumers = inFlightOf.size + (own === undefined ? 1 : 0);
    return (own ?? 0) < Math.max(1, Math.floor(max / consumers));
  }

  function take(consumer: XRoadId): () => void {
    inFlight += 1;
    if (inFlight > inFlightMost) inFlightMost = inFlight;
    inFlightOf.set(consumer, (inFlightOf.get(consumer) ?? 0) + 1);
    return () => {
      inFlight -= 1;
      const left = (inFlightOf.get(consumer) ?? 1) - 1;
      if (left === 0) inFlightOf.delete(consumer);
      else inFlightOf.set(consumer, left);
    };
  }

  return {
    retryAfterSeconds,
    enter(claim) {
      const known = claim.consumer === undefined ? undefined : registered(claim.consumer);
      const consumer = known ?? strangers;
      const priority = known === undefined || claim.isBulk ? 'batch' : priorityOf(known, claim);
      return mayEnter(consumer, priority) ? take(consumer) : undefined;
    },
    isPressed: () => limit.isLate || inFlight >= partOf(limit.current, batchPercent),
    state: () => ({ limit: limit.current, inFlight }),
    close() {
      clearInterval(looking);
      loop.disable();
    },
  };
}

const partOf = (whole: number, percent: number) => Math.max(1, Math.floor((whole * percent) / 100));
