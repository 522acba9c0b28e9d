/** Measures a scenario in rounds: both sides in each, in turn, so that whatever else the machine does meets them alike. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Settings } from './bench-options.ts';
import { listen, type Noise } from './noise.ts';
import type { ScenarioName } from './scenarios.ts';
import type { Figure, Trial } from './trials/trial.ts';

/** One scenario in one round. */
export interface Round extends Noise {
  readonly scenario: ScenarioName;
  /** From 1. */
  readonly round: number;
  readonly own: Figure;
  readonly reference: Figure;
}

/** For the answers nobody waits for any more. */
const pauseMs = 50;

/** Noisy rounds are done again, `repeatsMax` of them. Rejects where a trial does. */
export async function measure(scenario: ScenarioName, trial: Trial, settings: Settings): Promise<Round[]> {
  const { rounds: wanted, repeatsMax, seconds, warmupSeconds } = settings;
  await trial.begin?.(warmupSeconds);
  await trial.reference(warmupSeconds);
  await trial.own(warmupSeconds);
  const rounds: Round[] = [];
  const quiet = () => rounds.filter(({ isNoisy }) => !isNoisy).length;
  while (quiet() < wanted && rounds.length < wanted + repeatsMax) {
    rounds.push(await measureRound(scenario, trial, rounds.length + 1, seconds));
  }
  await trial.check?.();
  return rounds;
}

async function measureRound(scenario: ScenarioName, trial: Trial, round: number, seconds: number): Promise<Round> {
  await trial.begin?.(seconds / 2);
  const noise = listen();
  const figures: Partial<Record<'own' | 'reference', Figure>> = {};
  // There and back again: what grows or tires in the course of a round favours neither.
  const sides = ['own', 'reference'] as const;
  for (const side of round % 2 === 1 ? sides : sides.toReversed()) {
    await wait(pauseMs);
    figures[side] = await trial[side](seconds);
  }
  const { own, reference } = figures as Record<'own' | 'reference', Figure>;
  return { scenario, round, own, reference, ...noise() };
}
