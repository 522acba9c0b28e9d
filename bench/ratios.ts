/** Makes of rounds what is aimed at: the ratio of both sides within a round, and whether it is reached. */

import type { Round } from './measure.ts';
import type { RatioKind, Scenario, Wanted } from './scenario.ts';
import { type ScenarioName, scenarioNames, scenarios } from './scenarios.ts';
import { type Spread, spreadOf } from './statistics.ts';
import type { Figure } from './trials/trial.ts';

export interface Ratio extends Spread {
  readonly by: RatioKind;
  /** Of CPU time, reference to own: 0.5 is twice the time. Stands firm where a core was not fully used. */
  readonly cpu?: Spread;
  readonly wanted?: Wanted;
  /** Whether the median is as wanted. */
  readonly isReached?: boolean;
  /** Measured, and of these with others at work. */
  readonly rounds: number;
  readonly noisyRounds: number;
  /** Too few rounds were quiet, so that the noisy ones count, too. */
  readonly isNoisy: boolean;
}

/** Fewer quiet rounds than these have no median worth the name. */
const quietRoundsMin = 3;

/** In the order of the scenarios; those that were not measured are absent. */
export function ratiosOf(rounds: readonly Round[]): Partial<Record<ScenarioName, Ratio>> {
  const measured = scenarioNames.filter((name) => rounds.some(({ scenario }) => scenario === name));
  return Object.fromEntries(
    measured.map((name) => {
      const own = rounds.filter(({ scenario }) => scenario === name);
      return [name, ratioOf(scenarios[name], own)];
    }),
  );
}

/** Round by round, then the median: what slows a whole round down cancels out. */
export function ratioOf({ ratio: by, wanted }: Scenario, rounds: readonly Round[]): Ratio {
  const counted = countedOf(rounds);
  const spread = spreadOf(counted.map((round) => quotient(by, round)));
  const hasCpu = counted.every(
    ({ own, reference }) => own.cpuMicros !== undefined && reference.cpuMicros !== undefined,
  );
  return {
    by,
    ...spread,
    ...(hasCpu ? { cpu: spreadOf(counted.map((round) => quotient('cpu', round))) } : {}),
    ...(wanted === undefined ? {} : { wanted, isReached: isReached(spread.median, wanted) }),
    rounds: rounds.length,
    noisyRounds: rounds.filter(({ isNoisy }) => isNoisy).length,
    isNoisy: counted.some(({ isNoisy }) => isNoisy),
  };
}

/** Those that nobody disturbed, or all where these are too few. */
export function countedOf(rounds: readonly Round[]): readonly Round[] {
  const quiet = rounds.filter(({ isNoisy }) => !isNoisy);
  return quiet.length >= Math.min(quietRoundsMin, rounds.length) ? quiet : rounds;
}

function isReached(value: number, wanted: Wanted): boolean {
  return 'atLeast' in wanted ? value >= wanted.atLeast : value <= wanted.atMost;
}

function quotient(by: RatioKind, { own, reference }: Round): number {
  if (by === 'speed') return own.perSecond / reference.perSecond;
  if (by === 'cpu') return given(reference, 'cpuMicros') / given(own, 'cpuMicros');
  return given(own, 'p99Ms') / given(reference, 'p99Ms');
}

function given(figure: Figure, name: 'cpuMicros' | 'p99Ms'): number {
  const value = figure[name];
  if (value === undefined) throw new Error(`the figure has no ${name}`);
  return value;
}
