/** Measures in rounds: every scenario once in each, so that whatever else the machine does meets them all alike. */

import { setTimeout as wait } from 'node:timers/promises';
import type { BenchOptions } from './arguments.ts';
import { busyPercent } from './generate-load.ts';
import type { ScenarioName } from './scenarios.ts';
import type { Stage } from './stage.ts';

/** One scenario in one round. */
export interface Sample {
  readonly scenario: ScenarioName;
  /** From 1. */
  readonly round: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server's process for each request, microseconds. */
  readonly cpuMicrosPerRequest: number;
  /** CPU time of the server's process in the time of the load, percent of one core. */
  readonly busyPercent: number;
  /** The load generator's, which on a miss shares its core with PostgreSQL. */
  readonly generatorBusyPercent: number;
}

/** For the answers nobody waits for any more. */
const pauseMs = 200;

export async function measure(
  stage: Stage,
  { scenarios, repeats, seconds, warmupSeconds }: BenchOptions,
  tell: (line: string) => void,
): Promise<Sample[]> {
  tell(`Warming up, ${warmupSeconds} s each …`);
  for (const scenario of scenarios) await stage.load(scenario, warmupSeconds);
  const samples: Sample[] = [];
  for (let round = 1; round <= repeats; round += 1) {
    tell(`Round ${round} of ${repeats}: ${seconds} s each …`);
    // There and back again: what grows or tires in the course of a round favours nobody.
    const order = round % 2 === 1 ? scenarios : scenarios.toReversed();
    for (const scenario of order) {
      await wait(pauseMs);
      samples.push(await sample(stage, scenario, round, seconds));
    }
  }
  await stage.demandSources();
  return samples;
}

async function sample(stage: Stage, scenario: ScenarioName, round: number, seconds: number): Promise<Sample> {
  const result = await stage.load(scenario, seconds);
  return {
    scenario,
    round,
    requests: result.requests,
    requestsPerSecond: result.requestsPerSecond,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicrosPerRequest: result.cpuMicros / result.requests,
    busyPercent: busyPercent(result.cpuMicros, result.seconds),
    generatorBusyPercent: result.generatorBusyPercent,
  };
}
