/** Reads a command line: the one way in which every measurement takes its options. */

import { parseArgs } from 'node:util';

/** One option; `help` is what the usage says of it. A number without a default may be left out. */
export type Option =
  | (NumberBounds & { readonly type: 'number'; readonly default?: number; readonly help: string })
  | (NumberBounds & { readonly type: 'numbers'; readonly default: readonly number[]; readonly help: string })
  | { readonly type: 'text'; readonly help: string }
  | { readonly type: 'flag'; readonly help: string };

interface NumberBounds {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

export type Options = Readonly<Record<string, Option>>;

export type Values<Given extends Options> = { readonly [Name in keyof Given]: ReadValue<Given[Name]> };

type ReadValue<One> = One extends { readonly type: 'flag' }
  ? boolean
  : One extends { readonly type: 'numbers' }
    ? readonly number[]
    : One extends { readonly type: 'number'; readonly default: number }
      ? number
      : One extends { readonly type: 'number' }
        ? number | undefined
        : string | undefined;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Where temporary data lie: every measurement that writes takes it. */
export const dataOption = {
  data: { type: 'text', help: 'where the temporary folder is made, if not beside the benchmark' },
} as const;

/** `given` are the arguments behind the program's name. Throws UsageError. */
export function readArguments<Given extends Options>(options: Given, given: readonly string[]): Values<Given> {
  const texts = parse(options, given);
  const values = Object.entries(options).map(([name, option]) => [name, readValue(name, option, texts[name])]);
  return Object.fromEntries(values) as Values<Given>;
}

/** One line for each option. */
export function usageOf(command: string, options: Options): string {
  const names = Object.entries(options).map(([name, option]) => `--${name}${placeholders[option.type]}`);
  const width = Math.max(...names.map(({ length }) => length));
  const lines = Object.values(options).map(({ help }, at) => `  ${names[at]?.padEnd(width)}  ${help}`);
  return [`${command} [options]`, ...lines].join('\n');
}

const placeholders = { number: ' N', numbers: ' N,N', text: ' TEXT', flag: '' } as const;

type Texts = Readonly<Record<string, string | boolean | undefined>>;

function parse(options: Options, given: readonly string[]): Texts {
  const known = Object.entries(options).map(([name, { type }]) => [
    name,
    { type: type === 'flag' ? 'boolean' : 'string' } as const,
  ]);
  try {
    return parseArgs({ args: [...given], options: Object.fromEntries(known) }).values as Texts;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readValue(name: string, option: Option, text: string | boolean | undefined): unknown {
  if (option.type === 'flag') return text === true;
  if (option.type === 'text') return text;
  if (text === undefined) return option.default;
  if (option.type === 'number') return numberOf(name, option, String(text));
  return String(text)
    .split(',')
    .map((one) => numberOf(name, option, one));
}

function numberOf(name: string, { min, max, whole = false }: NumberBounds, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? 'a whole number' : 'a number';
  throw new UsageError(`--${name} must be ${kind} from ${min} to ${max}, not "${text}"`);
}
