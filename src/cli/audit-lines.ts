/** Prints rows of the audit index for people: one line each, the columns that fit on a screen. */

import type { AuditRow } from '../exchange/audit.ts';

const widths = { time: 24, consumer: 32, service: 46, outcome: 24 };

export const auditHeading = line('time', 'who', 'what', 'outcome', 'log index');

export function describeRow(row: AuditRow): string {
  const who = row.consumer ?? claimed(row) ?? row.role ?? '-';
  const what = row.service ?? row.look ?? row.action ?? '-';
  return line(row.time, who, what, row.problem ?? 'ok', `${row.log} ${row.index}`);
}

/** Whoever proved nothing may have named anybody. */
function claimed({ claimedConsumer }: AuditRow): string | undefined {
  return claimedConsumer && `claimed: ${claimedConsumer}`;
}

function line(time: string, who: string, what: string, outcome: string, place: string): string {
  const cells = [time.padEnd(widths.time), who.padEnd(widths.consumer), what.padEnd(widths.service)];
  return [...cells, outcome.padEnd(widths.outcome), place].join(' ');
}
