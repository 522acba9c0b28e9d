/** Makes of the samples what a reader wants: one table of scenarios, one of ratios, and the same for programs. */

import type { BenchOptions } from './arguments.ts';
import type { Machine } from './machine.ts';
import type { Sample } from './measure.ts';
import { type ComparisonName, comparisons, type ScenarioName, scenarioNames, scenarios } from './scenarios.ts';
import { median, type Spread, spreadOf } from './statistics.ts';

export interface Ratio {
  /** Of requests a second, each round's own. */
  readonly speed: Spread;
  /** Of CPU time, the other way round: 0.5 is twice the time for a request. Stands firm where a core was not fully used. */
  readonly cpu: Spread;
}

/** What `--json` writes: no host names, no paths. */
export interface Results {
  /** Median of requests a second to requests a second. */
  readonly ratios: Readonly<Partial<Record<ComparisonName, number>>>;
  readonly spreads: Readonly<Partial<Record<ComparisonName, Ratio>>>;
  readonly rounds: readonly Sample[];
  readonly settings: Readonly<Pick<BenchOptions, 'repeats' | 'seconds' | 'warmupSeconds' | 'connections'>>;
  readonly machine: Machine;
}

export function resultsOf(samples: readonly Sample[], options: BenchOptions, machine: Machine): Results {
  const { repeats, seconds, warmupSeconds, connections } = options;
  const spreads = ratiosOf(samples);
  const medians = Object.entries(spreads).map(([name, { speed }]) => [name, rounded(speed.median, 3)]);
  return {
    ratios: Object.fromEntries(medians),
    spreads,
    rounds: samples,
    settings: { repeats, seconds, warmupSeconds, connections },
    machine,
  };
}

/** Round by round, then the median of the rounds: what slows a whole round down cancels out. */
export function ratiosOf(samples: readonly Sample[]): Partial<Record<ComparisonName, Ratio>> {
  const ratios: Partial<Record<ComparisonName, Ratio>> = {};
  for (const [name, { of, to }] of Object.entries(comparisons)) {
    const pairs = ofScenario(samples, of).flatMap((one) => {
      const other = ofScenario(samples, to).find(({ round }) => round === one.round);
      return other === undefined ? [] : [{ one, other }];
    });
    if (pairs.length === 0) continue;
    ratios[name as ComparisonName] = {
      speed: spreadOf(pairs.map(({ one, other }) => one.requestsPerSecond / other.requestsPerSecond)),
      cpu: spreadOf(pairs.map(({ one, other }) => other.cpuMicrosPerRequest / one.cpuMicrosPerRequest)),
    };
  }
  return ratios;
}

/** A server below this was not the limit, and its requests a second say too little of it. */
const busyPercentMin = 90;

/** Two Markdown tables, and a warning where a server had time left. */
export function renderTables({ rounds, spreads }: Pick<Results, 'rounds' | 'spreads'>): string {
  const measured = scenarioNames.filter((name) => ofScenario(rounds, name).length > 0);
  const rows = measured.map((name) => scenarioRow(scenarios[name].title, ofScenario(rounds, name)));
  const ratioRows = Object.entries(spreads).map(([name, { speed, cpu }]) => [
    `${comparisons[name as ComparisonName].title} (${name})`,
    spreadText(speed, 2),
    spreadText(cpu, 2),
  ]);
  const idle = measured.filter((name) => busyOf(ofScenario(rounds, name)) < busyPercentMin);
  return [
    table(['scenario', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs/request', 'server busy %', 'load busy %'], rows),
    ...(ratioRows.length > 0 ? [table(['ratio', 'by requests/s', 'by CPU time'], ratioRows)] : []),
    ...idle.map(
      (name) => `${name}: the server was not the limit, so its requests a second say less than its CPU time.`,
    ),
  ].join('\n\n');
}

function scenarioRow(title: string, samples: readonly Sample[]): string[] {
  const text = (value: (sample: Sample) => number, digits: number) => spreadText(spreadOf(samples.map(value)), digits);
  return [
    title,
    text((sample) => sample.requestsPerSecond, 0),
    text((sample) => sample.p50Ms, 1),
    text((sample) => sample.p99Ms, 1),
    text((sample) => sample.cpuMicrosPerRequest, 0),
    busyOf(samples).toFixed(0),
    median(samples.map(({ generatorBusyPercent }) => generatorBusyPercent)).toFixed(0),
  ];
}

/** Median, and the extremes where there were several rounds. */
function spreadText({ median, min, max }: Spread, digits: number): string {
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

function ofScenario(samples: readonly Sample[], scenario: ScenarioName): Sample[] {
  return samples.filter((sample) => sample.scenario === scenario);
}

function busyOf(samples: readonly Sample[]): number {
  return median(samples.map(({ busyPercent }) => busyPercent));
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
