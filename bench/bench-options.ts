/** The options of `npm run bench`, and what follows from them. */

import { type Options, UsageError, type Values } from './arguments.ts';
import type { Scenario } from './scenario.ts';
import { type ScenarioName, scenarioNames, scenarios } from './scenarios.ts';

export const benchOptions = {
  quick: { type: 'flag', help: 'short rounds: under two minutes' },
  json: { type: 'text', help: 'file that results are written to' },
  chart: { type: 'text', help: 'file that a chart of the ratios is written to, SVG' },
  only: { type: 'text', help: `of ${scenarioNames.join(', ')}; with commas` },
  peers: { type: 'flag', help: 'also other gateways and proxies in front of the same REST registry' },
  long: { type: 'flag', help: 'also the growth of the log to 10 million entries: ten minutes and 9 GB' },
  profile: { type: 'text', help: "folder for the gateway's CPU profiles; alone, it measures cache-hit only" },
  rounds: { type: 'number', min: 1, max: 100, whole: true, help: 'of each scenario, 5 if absent' },
  seconds: { type: 'number', min: 0.1, max: 120, help: 'of each measurement, 5 if absent' },
  'warmup-seconds': { type: 'number', min: 0.1, max: 120, help: 'of each server, 3 if absent' },
  connections: { type: 'number', min: 1, max: 256, whole: true, default: 64, help: 'each with one request under way' },
} as const satisfies Options;

export interface Settings {
  /** Of each scenario. */
  readonly rounds: number;
  /** Rounds that may be done again because others kept the machine busy. */
  readonly repeatsMax: number;
  /** Length of one measurement. */
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Requests under way at once: each connection waits for its answer before it asks again. */
  readonly connections: number;
}

export interface BenchOptions extends Settings {
  readonly scenarios: readonly ScenarioName[];
  readonly jsonFile: string | undefined;
  readonly chartFile: string | undefined;
  /** Where servers of the gateway leave a CPU profile. */
  readonly profileFolder: string | undefined;
}

const thorough = { rounds: 5, repeatsMax: 5, seconds: 5, warmupSeconds: 3 };
const quick = { rounds: 5, repeatsMax: 1, seconds: 0.4, warmupSeconds: 0.8 };

/** Throws UsageError. */
export function benchOptionsOf(values: Values<typeof benchOptions>): BenchOptions {
  const preset = values.quick ? quick : thorough;
  const rounds = values.rounds ?? preset.rounds;
  return {
    scenarios: values.only === undefined ? chosen(values) : named(values.only),
    rounds,
    repeatsMax: Math.min(preset.repeatsMax, rounds),
    seconds: values.seconds ?? preset.seconds,
    warmupSeconds: values['warmup-seconds'] ?? preset.warmupSeconds,
    connections: values.connections,
    jsonFile: values.json,
    chartFile: values.chart,
    profileFolder: values.profile,
  };
}

function chosen({ peers, long, profile }: Values<typeof benchOptions>): ScenarioName[] {
  if (profile !== undefined) return ['cache-hit'];
  return scenarioNames.filter((name) => {
    const { when }: Scenario = scenarios[name];
    return when === 'always' || (when === 'peers' && peers) || (when === 'long' && long);
  });
}

/** In the order of the list, each once. */
function named(text: string): ScenarioName[] {
  const wanted = text.split(',');
  const unknown = wanted.find((name) => !scenarioNames.includes(name as ScenarioName));
  if (unknown !== undefined) {
    throw new UsageError(`there is no scenario "${unknown}", only ${scenarioNames.join(', ')}`);
  }
  return scenarioNames.filter((name) => wanted.includes(name));
}
