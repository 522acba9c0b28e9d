/** What an entry says to the person whom it is about: one rendering for those who show it and those who check it. */

import type { AuditRow } from './audit.ts';
import type { LogEntry } from './entries.ts';

/** Absent members are left out. */
export type Access = Readonly<Record<string, string | number | readonly string[]>>;

const told = [
  ...(['kind', 'consumer', 'service', 'version', 'purpose', 'agreement', 'legalBasis', 'issue', 'fields'] as const),
  ...(['look', 'role', 'action'] as const),
] as const;

/** When, who, which service, for what, by what right, which fields, with what outcome; looks by role, never by name. */
export function describeAccess(entry: LogEntry | AuditRow): Access {
  const members = entry as unknown as Readonly<Record<string, Access[string] | undefined>>;
  const { time, subjectNumber, problem } = entry;
  const all = [
    ['number', subjectNumber],
    ['time', time],
    ...told.map((name) => [name, members[name]] as const),
    ['outcome', problem ?? 'ok'],
  ] as const;
  return Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Access;
}
