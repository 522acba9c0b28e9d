/** Reads the registry's own JSON member by member, because nothing that comes over a wire is believed before it is looked at. */

import { SourceError } from '../../src/adapter-kit/index.ts';

/** An object as the registry sent it; its members have Vietnamese names without diacritics. */
export type Wire = Readonly<Record<string, unknown>>;

/** Names the member, never its value: errors go to the operational log. */
export const unreadable = (member: string): SourceError =>
  new SourceError('answer-invalid', `the registry's member ${member} cannot be read`);

/** Absent members and null are the same; so is an empty text, which older records hold. */
export function text(wire: Wire, member: string): string | undefined {
  const value = wire[member] ?? '';
  if (typeof value !== 'string') throw unreadable(member);
  return value === '' ? undefined : value;
}

export function object(wire: Wire, member: string): Wire | undefined {
  const value = wire[member] ?? undefined;
  if (value === undefined || isObject(value)) return value;
  throw unreadable(member);
}

export function list(wire: Wire, member: string): readonly Wire[] | undefined {
  const value = wire[member] ?? undefined;
  if (value === undefined || (Array.isArray(value) && value.every(isObject))) return value;
  throw unreadable(member);
}

/** The gateway's word for a code of the registry; a code that the table does not know is an error, not a guess. */
export function code<Word>(wire: Wire, member: string, words: Readonly<Record<string, Word>>): Word | undefined {
  const value = wire[member] ?? undefined;
  if (value === undefined) return undefined;
  const known = (typeof value === 'string' || typeof value === 'number') && Object.hasOwn(words, value);
  const word = known ? words[value] : undefined;
  if (word === undefined) throw unreadable(member);
  return word;
}

export function isObject(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Leaves out what is undefined, so that an absent field is absent. */
export function present<Shape extends Record<string, unknown>>(
  shape: Shape,
): { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> } {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof present<Shape>
  >;
}
