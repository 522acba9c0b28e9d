/** Keywords for what one member of a message says about another: order of dates, difference, nothing from the future. */

import { isDeepStrictEqual } from 'node:util';
import type { ErrorObject, FuncKeywordDefinition } from 'ajv/dist/2020.js';
import { dayInVietNam } from '../adapter-kit/viet-nam-day.ts';
import { statedByPin } from './pin.ts';

type Disagreement = Pick<ErrorObject, 'keyword' | 'instancePath' | 'params' | 'message'>;
type Check = ReturnType<NonNullable<FuncKeywordDefinition['compile']>>;
type Pair = readonly [string, string];

const pairsSchema = {
  type: 'array',
  minItems: 1,
  items: { type: 'array', minItems: 2, maxItems: 2, items: { type: 'string', pattern: '^(/[^/]+)+$' } },
};

/**
 * `[["/from", "/to"], …]`: JSON pointers from the object; the first date of a pair must not be after the second. Dates may
 * be partial: two are compared by what the coarser one knows. A PIN stands for the year of birth that it states. Silent
 * where one of the two is absent or malformed.
 */
export const dateOrder: FuncKeywordDefinition = pairKeyword('x-date-order', (first, second, [pointer]) => {
  const [earlier, later] = [knownDate(first), knownDate(second)];
  if (earlier === undefined || later === undefined || !isAfter(earlier, later)) return undefined;
  const what = statedByPin(first) === undefined ? pointer : `the year of birth that ${pointer} states`;
  return `must not be before ${what}`;
});

/** `[["/mother/pin", "/father/pin"], …]`: the two must not be equal. Silent where one is absent. */
export const differ: FuncKeywordDefinition = pairKeyword('x-differ', (first, second, [pointer]) =>
  first !== undefined && second !== undefined && isDeepStrictEqual(first, second)
    ? `must differ from ${pointer}`
    : undefined,
);

/** `true` on a date or partial date: it must not lie in the future, by the day in Viet Nam. `nowMs` is Unix milliseconds. */
export function notFuture(nowMs: () => number): FuncKeywordDefinition {
  const keyword = 'x-not-future';
  const check: Check = (value: unknown, context) => {
    const date = knownDate(value);
    const today = dayInVietNam(nowMs());
    const future = date !== undefined && isAfter(date, today);
    const instancePath = context?.instancePath ?? '';
    check.errors = future ? [{ keyword, instancePath, params: {}, message: 'must not lie in the future' }] : [];
    return !future;
  };
  return { keyword, schemaType: 'boolean', metaSchema: { const: true }, errors: true, compile: () => check };
}

function pairKeyword(
  keyword: string,
  fault: (first: unknown, second: unknown, pair: Pair) => string | undefined,
): FuncKeywordDefinition {
  return {
    keyword,
    type: 'object',
    schemaType: 'array',
    metaSchema: pairsSchema,
    errors: true,
    compile: (pairs: readonly Pair[]) => {
      const check: Check = (value: unknown, context) => {
        const path = context?.instancePath ?? '';
        const errors: Disagreement[] = pairs.flatMap((pair) => {
          const message = fault(at(value, pair[0]), at(value, pair[1]), pair);
          return message === undefined ? [] : [{ keyword, instancePath: path + pair[1], params: {}, message }];
        });
        check.errors = errors;
        return errors.length === 0;
      };
      return check;
    },
  };
}

function at(value: unknown, pointer: string): unknown {
  let inner = value;
  for (const segment of pointer.split('/').slice(1)) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, segment)) return undefined;
    inner = (inner as Record<string, unknown>)[segment];
  }
  return inner;
}

/** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, as far as it is known. */
function knownDate(value: unknown): string | undefined {
  const stated = statedByPin(value);
  if (stated !== undefined) return String(stated.birthYear);
  const text = typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
  return typeof text === 'string' && /^\d{4}(-\d{2}){0,2}$/.test(text) ? text : undefined;
}

function isAfter(one: string, other: string): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length) > other.slice(0, length);
}
