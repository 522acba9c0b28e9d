/** Reads the command line of a chaos run. */

import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly seed: number;
  readonly quick: boolean;
  /** Length of each fault, and of the calm before and after. */
  readonly seconds: number;
  readonly perSecond: number;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `npm run chaos -- [options]
  --seed N     order of the faults, people and messages; another one each time
  --quick      faults of 1.5 s, 40 requests a second and registries with short budgets: under a minute
  --seconds N  length of each fault; 10
  --rate N     requests a second; 60`;

const thorough = { seconds: 10, rate: 60 };
const quick = { seconds: 1.5, rate: 40 };
const bounds = {
  seed: { min: 0, max: 2 ** 31, whole: true },
  seconds: { min: 0.5, max: 600, whole: false },
  rate: { min: 5, max: 1000, whole: false },
} as const;

/** `values` are the arguments behind the program's name. Throws UsageError. */
export function parseArguments(values: readonly string[], newSeed: () => number): ChaosOptions {
  const given = parse(values);
  const preset = given.quick ? quick : thorough;
  return {
    quick: given.quick ?? false,
    seed: given.seed === undefined ? newSeed() : numberOf(given.seed, 'seed'),
    seconds: given.seconds === undefined ? preset.seconds : numberOf(given.seconds, 'seconds'),
    perSecond: given.rate === undefined ? preset.rate : numberOf(given.rate, 'rate'),
  };
}

function parse(values: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...values],
      options: { quick: { type: 'boolean' }, seed: text, seconds: text, rate: text },
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
