/** Prints an entry as RFC 8785 canonical JSON. */

import type { LogEntry } from '../exchange/entries.ts';

/**
 * Members in the order of their names at every level, no white space, ECMAScript's own number and string form: what
 * RFC 8785 section 3.2 asks, as long as strings hold no lone surrogates, which no member of an entry can.
 */
export function canonicalJson(entry: LogEntry): string {
  // Entries are made in that order: looking costs a tenth of what making a sorted copy does.
  return JSON.stringify(isSorted(entry) ? entry : sorted(entry));
}

/** JSON.stringify leaves undefined members out by itself. */
function isSorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isSorted);
  let before = '';
  for (const name in value) {
    if (name < before || !isSorted((value as Record<string, unknown>)[name])) return false;
    before = name;
  }
  return true;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
