/** The kinds of values that searches of the log take, each with what it asks for in words. */

import type { XRoadId } from '../../exchange/types.ts';
import { canonicalIdentifier } from '../x-road/identifier.ts';
import type { Form, ParameterSource } from './parameters.ts';
import { holdsPersonalNumber } from './personal-forms.ts';

const momentForm = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/i;
const dayMs = 86_400_000;

/** RFC 3339, or a day in UTC: as `from` its beginning, as `to` its end. Unix milliseconds. */
export const moment = (edge: 'from' | 'to'): Form<number> => ({
  rule: 'format:date-time',
  demands: () => 'must be a time (RFC 3339, such as 2026-03-02T09:00:00+07:00) or a day (2026-03-02)',
  read: (value) => {
    const [whole = '', day = '', time] = momentForm.exec(typeof value === 'string' ? value : '') ?? [];
    const ms = Date.parse(whole.toUpperCase());
    // Date.parse takes 30 February for 2 March.
    if (Number.isNaN(ms) || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day) return undefined;
    return { value: time === undefined && edge === 'to' ? ms + dayMs : ms };
  },
});

/** A day in UTC, as the moment at which it begins. Unix milliseconds. */
export const day: Form<number> = {
  rule: 'format:date',
  demands: () => 'must be a day (2026-03-02): days are counted whole, in UTC',
  read: (value) => (String(value).length === dayCharacters ? moment('from').read(value, 'query') : undefined),
};

const dayCharacters = 10;

export const oneOf = <T extends string>(choices: readonly T[]): Form<T> => ({
  rule: 'enum',
  demands: () => `must be one of ${choices.join(', ')}`,
  read: (value) => {
    const found = choices.find((choice) => choice === value);
    return found === undefined ? undefined : { value: found };
  },
});

/** Separated by commas in an address, an array in a message; given back in the order of the choices. */
export const someOf = <T extends string>(choices: readonly T[]): Form<readonly T[]> => ({
  rule: 'enum',
  demands: (source) => `must name some of ${choices.join(', ')}, ${separated(source)}, each once`,
  read: (value, source) => {
    const named: unknown = source === 'query' ? String(value).split(',') : value;
    if (!Array.isArray(named) || named.length === 0) return undefined;
    const found = choices.filter((choice) => named.includes(choice));
    return found.length === named.length ? { value: found } : undefined;
  },
});

const separated = (source: ParameterSource) => (source === 'query' ? 'separated by commas' : 'as an array');

export const wholeNumber = (max: number, min = 1): Form<number> => ({
  rule: 'range',
  demands: () => `must be a whole number from ${min} to ${max}`,
  read: (value, source) => {
    const number = source === 'query' && /^\d{1,15}$/.test(String(value)) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number)) return undefined;
    return number >= min && number <= max ? { value: number } : undefined;
  },
});

/** Text of one alphabet in which no personal number may stand. */
export const word = (pattern: RegExp): Form<string> => ({
  rule: 'pattern',
  demands: () => `must match ${pattern.source}`,
  read: (value) => {
    if (typeof value !== 'string' || !pattern.test(value)) return undefined;
    return holdsPersonalNumber(value) ? 'must not hold a personal number' : { value };
  },
});

/** A member, a subsystem or, with five segments, a service; by its member's present code, whatever it was called by. */
export const identifier = (
  segmentsMax: number,
  charactersMax: number,
  canonical: (id: XRoadId) => XRoadId,
): Form<XRoadId> => ({
  rule: 'format:identifier',
  demands: () => `must be an X-Road identifier of 3 to ${segmentsMax} segments, such as VN/GOV/G01`,
  read: (value) => {
    if (typeof value !== 'string' || value.length > charactersMax) return undefined;
    const id = canonicalIdentifier(value, 3, segmentsMax);
    if (id === undefined) return undefined;
    return holdsPersonalNumber(id) ? 'must not hold a personal number' : { value: canonical(id) };
  },
});

/** A place in a list, as it was given out. */
export const cursor = (isCursor: (text: string) => boolean): Form<string> => ({
  rule: 'cursor',
  demands: () => 'must be the "next" of the page before, as it stands',
  read: (value) => (typeof value === 'string' && cursorForm.test(value) && isCursor(value) ? { value } : undefined),
});

const cursorForm = /^[\x21-\x7e]{1,512}$/;
