/** Rounds as a benchmark measures them. */

import type { Round } from '../../bench/measure.ts';
import type { ScenarioName } from '../../bench/scenarios.ts';

/** Requests a second of both sides; CPU time goes with them. */
export function roundOf(scenario: ScenarioName, round: number, own: number, reference: number): Round {
  const figure = (perSecond: number, p99Ms: number) => ({
    ...{ perSecond, cpuMicros: 1_000_000 / perSecond, p50Ms: 2, p99Ms },
    ...{ busyPercent: 100, generatorBusyPercent: 40 },
  });
  return {
    ...{ scenario, round, othersPercent: 0, isNoisy: false },
    own: figure(own, 4.44),
    reference: figure(reference, 2.22),
  };
}

/** The same while others were at work. */
export function disturbed(round: Round): Round {
  return { ...round, othersPercent: 80, isNoisy: true };
}
