/** A chaos run as a table: a line for each phase, and what must be 0. */

import type { Phase } from './faults.ts';
import { outcomesOf, p99Ms, type Sample } from './tally.ts';
import { type Charge, type Evidence, isUnrecorded } from './verdict.ts';

const head = [
  'phase',
  'requests',
  'wrong',
  'unrecorded',
  'p99 ms',
  'p99 ms of the others',
  'recovered after s',
  'answers',
];

const untilTheEnd = { concerns: [], endMs: Number.POSITIVE_INFINITY };

export function tableOf({ phases, samples, recorded }: Evidence): string {
  const rows = phases.map((phase) => rowOf(phase, samples, recorded));
  const rest = samples.filter(({ sentMs }) => sentMs >= (phases.at(-1)?.endMs ?? 0));
  if (rest.length > 0) rows.push(cellsOf('until the end', rest, untilTheEnd, recorded, '–'));
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}

export function chargesText(charges: readonly Charge[]): string {
  return charges
    .map(({ name, count, examples }) => [`${name}: ${count}`, ...examples.map((one) => `  ${one}`)].join('\n'))
    .join('\n');
}

function rowOf(phase: Phase, samples: readonly Sample[], recorded: Evidence['recorded']): string[] {
  const sent = samples.filter(({ sentMs }) => sentMs >= phase.startMs && sentMs < phase.endMs);
  const isCalm = phase.recoveredMs === undefined && phase.fault === undefined;
  const recovered = phase.recoveredMs === undefined ? 'never' : (phase.recoveredMs / 1000).toFixed(1);
  return cellsOf(phase.name, sent, phase, recorded, isCalm ? '–' : recovered);
}

function cellsOf(
  name: string,
  sent: readonly Sample[],
  { concerns, endMs }: Pick<Phase, 'concerns' | 'endMs'>,
  recorded: Evidence['recorded'],
  recovered: string,
): string[] {
  // What is still under way when the next fault begins says nothing about this one.
  const ended = sent.filter(({ answeredMs }) => answeredMs <= endMs);
  const concerned = ended.filter(({ group }) => concerns.includes(group));
  const others = ended.filter(({ group }) => !concerns.includes(group));
  return [
    name,
    String(sent.length),
    String(sent.filter(({ wrong }) => wrong !== undefined).length),
    String(sent.filter((one) => isUnrecorded(one, recorded)).length),
    milliseconds(concerned),
    milliseconds(others),
    recovered,
    outcomesOf(sent)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', '),
  ];
}

function milliseconds(samples: readonly Sample[]): string {
  const p99 = p99Ms(samples);
  return p99 === undefined ? '–' : p99.toFixed(0);
}
