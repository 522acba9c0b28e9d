/** Prints rounds as a reader wants them, and writes them as programs do. */

import type { BenchOptions, Settings } from './bench-options.ts';
import type { Machine } from './machine.ts';
import type { Round } from './measure.ts';
import { countedOf, type Ratio, ratiosOf } from './ratios.ts';
import type { Scenario, Wanted } from './scenario.ts';
import { type ScenarioName, scenarios } from './scenarios.ts';
import { median, type Spread, spreadOf } from './statistics.ts';
import type { Figure } from './trials/trial.ts';

/** What `--json` writes: no host names, no paths. */
export interface Results {
  /** Medians. */
  readonly ratios: Readonly<Partial<Record<ScenarioName, number>>>;
  readonly spreads: Readonly<Partial<Record<ScenarioName, Ratio>>>;
  readonly rounds: readonly Round[];
  /** Scenarios that this machine could not run, with the reason. */
  readonly leftOut: Readonly<Partial<Record<ScenarioName, string>>>;
  readonly settings: Settings;
  readonly machine: Machine;
  /** Of the software, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

export function resultsOf(
  rounds: readonly Round[],
  options: BenchOptions,
  about: Pick<Results, 'leftOut' | 'machine' | 'versions'>,
): Results {
  const { rounds: wanted, repeatsMax, seconds, warmupSeconds, connections } = options;
  const spreads = ratiosOf(rounds);
  const medians = Object.entries(spreads).map(([name, ratio]) => [name, Number(ratio.median.toFixed(3))]);
  return {
    ratios: Object.fromEntries(medians),
    spreads,
    rounds,
    settings: { rounds: wanted, repeatsMax, seconds, warmupSeconds, connections },
    ...about,
  };
}

/** A server below this was not the limit, and its requests a second say too little of it. */
const busyPercentMin = 90;

/** A table of ratios, one of both sides' figures, and what a reader must know beside them. */
export function renderTables({ rounds, spreads, leftOut }: Pick<Results, 'rounds' | 'spreads' | 'leftOut'>): string {
  const measured = Object.entries(spreads) as [ScenarioName, Ratio][];
  const figures = measured.flatMap(([name]) => figureRows(name, roundsOf(rounds, name)));
  const idle = measured.filter(([name, { by }]) => by === 'speed' && isIdle(roundsOf(rounds, name)));
  const ratioHead = ['scenario', 'of', 'to', 'ratio', 'by CPU time', 'wanted', 'reached', 'noisy rounds'];
  const figureHead = ['', 'a second', 'p50 ms', 'p99 ms', 'CPU µs each', 'server busy %', 'load busy %'];
  return [
    ...(measured.length > 0 ? [table(ratioHead, measured.map(ratioRow)), table(figureHead, figures)] : []),
    ...(measured.some(([, { isNoisy }]) => isNoisy)
      ? ['~ Others were at work in most rounds: such a ratio says little of the gateway.']
      : []),
    ...idle.map(([name]) => `${name}: the server was not the limit, so its rate says less than its CPU time.`),
    ...Object.entries(leftOut).map(([name, reason]) => `${name}: left out, ${reason}.`),
  ].join('\n\n');
}

function ratioRow([name, ratio]: [ScenarioName, Ratio]): string[] {
  const { title, reference }: Scenario = scenarios[name];
  return [
    name,
    title,
    reference,
    `${ratio.isNoisy ? '~' : ''}${spreadText(ratio, 2)}`,
    ratio.cpu === undefined ? '' : spreadText(ratio.cpu, 2),
    ratio.wanted === undefined ? '' : wantedText(ratio.wanted),
    ratio.isReached === undefined ? '' : `${ratio.isNoisy ? '~' : ''}${ratio.isReached ? 'yes' : 'no'}`,
    `${ratio.noisyRounds} of ${ratio.rounds}`,
  ];
}

export function wantedText(wanted: Wanted): string {
  return 'atLeast' in wanted ? `≥ ${wanted.atLeast}` : `≤ ${wanted.atMost}`;
}

function figureRows(name: ScenarioName, rounds: readonly Round[]): string[][] {
  const counted = countedOf(rounds);
  const row = (title: string, figures: readonly Figure[]) => {
    const text = (of: (figure: Figure) => number | undefined, digits: number) => {
      const values = figures.flatMap((figure) => of(figure) ?? []);
      return values.length === 0 ? '' : spreadText(spreadOf(values), digits);
    };
    const middle = (of: (figure: Figure) => number | undefined) => {
      const values = figures.flatMap((figure) => of(figure) ?? []);
      return values.length === 0 ? '' : median(values).toFixed(0);
    };
    return [
      title,
      text(({ perSecond }) => perSecond, 0),
      text(({ p50Ms }) => p50Ms, 1),
      text(({ p99Ms }) => p99Ms, 1),
      text(({ cpuMicros }) => cpuMicros, 0),
      middle(({ busyPercent }) => busyPercent),
      middle(({ generatorBusyPercent }) => generatorBusyPercent),
    ];
  };
  const own = counted.map((round) => round.own);
  return [
    row(name, own),
    row(
      `… ${scenarios[name].reference}`,
      counted.map(({ reference }) => reference),
    ),
  ];
}

function isIdle(rounds: readonly Round[]): boolean {
  const busy = rounds.flatMap(({ own }) => own.busyPercent ?? []);
  return busy.length > 0 && median(busy) < busyPercentMin;
}

/** Median, and the extremes where there were several rounds. */
export function spreadText({ median, min, max }: Spread, digits: number): string {
  const middle = median.toFixed(digits);
  return min === max ? middle : `${middle} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** Cells of a column share a width, so that it reads well in a terminal too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function roundsOf(rounds: readonly Round[], name: ScenarioName): Round[] {
  return rounds.filter(({ scenario }) => scenario === name);
}
