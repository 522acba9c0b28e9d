/** Reads the command line of the benchmark: how long, how often, what, and where results go. */

import { parseArgs } from 'node:util';
import { type ScenarioName, scenarioNames } from './scenarios.ts';

export interface BenchOptions {
  readonly scenarios: readonly ScenarioName[];
  readonly repeats: number;
  /** Length of one measurement. */
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Requests under way at once: each connection waits for its answer before it asks again. */
  readonly connections: number;
  readonly jsonFile: string | undefined;
  /** Where servers of the gateway leave a CPU profile. */
  readonly profileFolder: string | undefined;
  /** Where the temporary folder is made; must be on the disk that is to be measured. */
  readonly dataFolder: string | undefined;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `npm run bench -- [options]
  --quick             3 rounds of 2.5 s instead of 5 of 8 s
  --json FILE         writes the results
  --only NAMES        of ${scenarioNames.join(', ')}; with commas
  --profile FOLDER    the gateway's CPU profiles; alone, it measures cache-hit only
  --repeats N  --seconds N  --warmup-seconds N  --connections N
  --data FOLDER       where temporary data lie, if not beside the benchmark`;

const thorough = { repeats: 5, seconds: 8, warmupSeconds: 4, connections: 64 };
const quick = { ...thorough, repeats: 3, seconds: 2.5, warmupSeconds: 2 };

const bounds = {
  repeats: { min: 1, max: 100, whole: true },
  seconds: { min: 0.1, max: 120, whole: false },
  warmupSeconds: { min: 0.1, max: 120, whole: false },
  connections: { min: 1, max: 256, whole: true },
} as const;

/** `values` are the arguments behind the program's name. Throws UsageError. */
export function parseArguments(values: readonly string[]): BenchOptions {
  const given = parse(values);
  const preset = given.quick ? quick : thorough;
  const number = (name: keyof typeof bounds, text: string | undefined) =>
    text === undefined ? preset[name] : numberOf(text, name);
  return {
    scenarios: scenariosOf(given.only ?? (given.profile === undefined ? undefined : 'cache-hit')),
    repeats: number('repeats', given.repeats),
    seconds: number('seconds', given.seconds),
    warmupSeconds: number('warmupSeconds', given['warmup-seconds']),
    connections: number('connections', given.connections),
    jsonFile: given.json,
    profileFolder: given.profile,
    dataFolder: given.data,
  };
}

function parse(values: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...values],
      options: {
        quick: { type: 'boolean' },
        json: text,
        only: text,
        profile: text,
        repeats: text,
        seconds: text,
        'warmup-seconds': text,
        connections: text,
        data: text,
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function numberOf(text: string, name: keyof typeof bounds): number {
  const { min, max, whole } = bounds[name];
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  throw new UsageError(`${name} must be ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}, not "${text}"`);
}

/** In the order of the list, each once. */
function scenariosOf(text: string | undefined): ScenarioName[] {
  if (text === undefined) return scenarioNames;
  const wanted = text.split(',');
  const unknown = wanted.find((name) => !scenarioNames.includes(name as ScenarioName));
  if (unknown !== undefined) {
    throw new UsageError(`there is no scenario "${unknown}", only ${scenarioNames.join(', ')}`);
  }
  return scenarioNames.filter((name) => wanted.includes(name));
}
