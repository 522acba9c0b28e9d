/** Prints rows of the audit index for people: one line each, the columns that fit on a screen. */

import { outcomeOf } from '../exchange/access.ts';
import type { AuditRow } from '../exchange/audit.ts';

const widths = { time: 24, kind: 23, who: 32, what: 46, outcome: 24 };
/** Of a pseudonym: enough to tell people apart on a screen; the other forms have it whole. */
const pseudonymCharacters = 12;

export const auditHeading = line('time', 'kind', 'who', 'what', 'outcome', 'log index');

export function describeRow(row: AuditRow): string {
  const kind = [row.kind, row.action].filter(Boolean).join(' ');
  return line(row.time, kind, whoOf(row), whatOf(row), outcomeOf(row), `${row.log} ${row.index}`);
}

/** The webhook that an operator restarts is not who acted. */
function whoOf(row: AuditRow): string {
  if (row.kind === 'audit' || row.kind === 'admin') {
    const { role = 'operator', official } = row;
    return official === undefined ? role : `${role} ${official.slice(0, pseudonymCharacters)}…`;
  }
  return row.consumer ?? claimed(row) ?? '-';
}

function whatOf({ kind, service, look, consumer }: AuditRow): string {
  return service ?? look ?? (kind === 'admin' ? consumer : undefined) ?? '-';
}

/** Whoever proved nothing may have named anybody. */
function claimed({ claimedConsumer }: AuditRow): string | undefined {
  return claimedConsumer && `claimed: ${claimedConsumer}`;
}

function line(time: string, kind: string, who: string, what: string, outcome: string, place: string): string {
  const cells = [time.padEnd(widths.time), kind.padEnd(widths.kind), who.padEnd(widths.who), what.padEnd(widths.what)];
  return [...cells, outcome.padEnd(widths.outcome), place].join(' ');
}
