/** Holds the registries that were well against how quick they were while everything was well, in the same run. */

import type { Phase } from './faults.ts';
import { quantile, type Sample } from './tally.ts';

export interface LatencyBound {
  /** 0.99 for p99. */
  readonly share: number;
  /** Times what it is in the calm phases. */
  readonly factor: number;
  /** What is quicker than this says more about the machine than about the gateway, milliseconds. */
  readonly floorMs: number;
  /** Standard deviations of chance, by which more may be slower than their share. */
  readonly deviations: number;
}

/**
 * A collection of garbage, a fault's own commands and whatever else runs on two cores take as long now and then. A tenth
 * of what waiting for a hung registry takes at least: its budget, 2 s, or 1 s in the short form.
 */
const noiseFloorMs = 100;

/** Of some 800 requests, 8 may be slower, and 8 more by chance. */
export const fullBound: LatencyBound = { share: 0.99, factor: 2, floorMs: noiseFloorMs, deviations: 3 };
/** Of some 120 requests one stall of the machine has as many as a hundredth of 800: the slowest tenth has to do. */
export const quickBound: LatencyBound = { share: 0.9, factor: 2, floorMs: noiseFloorMs, deviations: 0 };

/** A line for each dependency in whose absence the registries that do not need it were too slow. */
export function slowedOthers(phases: readonly Phase[], samples: readonly Sample[], bound: LatencyBound): string[] {
  const timesIn = (some: readonly Phase[]) => some.flatMap((phase) => timesWhileDown(phase, samples));
  const usualMs = quantile(timesIn(phases.filter(({ subject }) => subject === undefined)), bound.share);
  if (usualMs === undefined) return [];
  const mostMs = Math.max(bound.floorMs, bound.factor * usualMs);
  const subjects = new Set(phases.flatMap(({ subject }) => subject ?? []));
  return [...subjects].flatMap((subject) => {
    const times = timesIn(phases.filter((one) => one.subject === subject));
    const slow = times.filter((ms) => ms > mostMs).length;
    if (slow <= slowMax(times.length, bound)) return [];
    const [most, usual] = [mostMs, usualMs].map((ms) => `${ms.toFixed(0)} ms`);
    const many = `${slow} of ${times.length} questions to the other registries above ${most}`;
    return [`${subject} down: ${many}, while p${bound.share * 100} was ${usual} as all was well`];
  });
}

/** So many of that number are slower than the quantile, give or take chance. */
function slowMax(count: number, { share, deviations }: LatencyBound): number {
  return count - count * share + deviations * Math.sqrt(count * share * (1 - share));
}

/**
 * Of questions to the registries that the phase leaves alone, for as long as it is known: starting a server again takes the
 * machine's time, not the gateway's.
 */
function timesWhileDown({ concerns, startMs, downUntilMs }: Phase, samples: readonly Sample[]): number[] {
  return samples
    .filter(({ group, sentMs }) => group !== 'pushes' && !concerns.includes(group) && sentMs >= startMs)
    .filter(({ sentMs }) => sentMs < downUntilMs)
    .map(({ sentMs, answeredMs }) => Math.min(answeredMs, downUntilMs) - sentMs);
}
