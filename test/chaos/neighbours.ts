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
}

/**
 * A collection of garbage, a fault's own commands and whatever else runs on two cores take as long now and then, while
 * waiting for a hung registry takes its budget: 2 s, or 1 s in the short form.
 */
const floorMs = 250;

export const fullBound: LatencyBound = { share: 0.99, factor: 2, floorMs };
/** In so few requests the slowest hundredth is one or two of them, which is chance: the slowest tenth has to do. */
export const quickBound: LatencyBound = { share: 0.9, factor: 2, floorMs };

/** A line for each dependency in whose absence the registries that do not need it were too slow. */
export function slowedOthers(phases: readonly Phase[], samples: readonly Sample[], bound: LatencyBound): string[] {
  const quantileOfAll = (some: readonly Phase[]) =>
    quantile(
      some.flatMap((phase) => timesWhileDown(phase, samples)),
      bound.share,
    );
  const usualMs = quantileOfAll(phases.filter(({ subject }) => subject === undefined));
  if (usualMs === undefined) return [];
  const mostMs = Math.max(bound.floorMs, bound.factor * usualMs);
  const subjects = new Set(phases.flatMap(({ subject }) => subject ?? []));
  return [...subjects].flatMap((subject) => {
    const foundMs = quantileOfAll(phases.filter((one) => one.subject === subject));
    if (foundMs === undefined || foundMs <= mostMs) return [];
    const [found, usual] = [foundMs, usualMs].map((ms) => `${ms.toFixed(0)} ms`);
    return [`${subject} down: p${bound.share * 100} of the other registries ${found}, while all was well ${usual}`];
  });
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
