/** What an entry says to the person whom it is about: one rendering for those who show it and those who check it. */

import type { AuditRow } from './audit.ts';
import type { LogEntry } from './entries.ts';

/** Absent members are left out. */
export type Access = Readonly<Record<string, string | number | readonly string[]>>;

const told = [
  ...(['kind', 'consumer', 'service', 'version', 'purpose', 'agreement', 'legalBasis', 'issue', 'fields'] as const),
  ...(['look', 'role'] as const),
] as const;

/** Of a delivery the state that the push came into; the name of an event; what an operator did. */
function actionOf(entry: LogEntry | AuditRow): string | undefined {
  if ('state' in entry) return entry.state;
  return 'action' in entry ? entry.action : undefined;
}

/** Outcome of an entry whose push a registry refused, which is a state of the push and no problem; no problem has this code. */
export const registryRefusal = 'refused';

/** `ok`, the code of the problem, or `refused` where a registry would not do what an accepted push asks for. */
export function outcomeOf(entry: LogEntry | AuditRow): string {
  return outcomeBy(entry.problem, entry.kind, actionOf(entry));
}

/** The same of an entry's members, whatever they are. */
export function outcomeBy(problem: string | null | undefined, kind: unknown, action: unknown): string {
  return problem ?? (kind === 'delivery' && action === 'refused' ? registryRefusal : 'ok');
}

/** When, who, which service, for what, by what right, which fields, with what outcome; looks by role, never by name. */
export function describeAccess(entry: LogEntry | AuditRow): Access {
  const members = entry as unknown as Readonly<Record<string, Access[string] | undefined>>;
  const { time, subjectNumber } = entry;
  const all = [
    ['number', subjectNumber],
    ['time', time],
    ...told.map((name) => [name, members[name]] as const),
    ['action', actionOf(entry)],
    ['outcome', outcomeOf(entry)],
  ] as const;
  return Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Access;
}
