/** Checks the labels in PromQL: one that no metric has, or a value that it never takes, makes an alert that cannot fire. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { problemKinds } from '../../src/problem-kinds.ts';
import { standings } from '../../src/telemetry/delivery-metrics.ts';
import { secondsBuckets } from '../../src/telemetry/seconds-buckets.ts';

/** Labels of each metric of the gateway. */
export type MetricLabels = ReadonlyMap<string, readonly string[]>;

/** Those that Prometheus gives to whatever it scrapes, and workers to whatever they tell. */
const everywhere = ['job', 'instance', 'worker'];
const outcomes = Object.keys(problemKinds);
const values: Readonly<Record<string, readonly string[]>> = {
  standing: standings,
  outcome: ['ok', ...outcomes],
  problem: outcomes,
  le: [...secondsBuckets.map(String), '+Inf'],
};
/** Metrics that have their outcomes for themselves. */
const ownOutcomes = /^lienthong_(telemetry|witness|webhook|registry)_/;

/** As docs/operations.md lists them, which a test asserts against the code. */
export async function metricLabels(): Promise<MetricLabels> {
  const page = await readFile(path.join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
  const listed = page.matchAll(/`(lienthong_[a-z_]+)(?:\{([a-z_,]+)\})?`/g);
  return new Map([...listed].map(([, name = '', labels]) => [name, labels?.split(',') ?? []]));
}

/** What of an expression can never be met. */
export function labelFaults(expression: string, metrics: MetricLabels): string[] {
  const faults: string[] = [];
  const textAt = ({ from, to }: { readonly from: number; readonly to: number }) => expression.slice(from, to);
  const known = new Set([...everywhere, 'le']);
  const grouped: string[] = [];
  parser.parse(expression).iterate({
    enter({ name, node }) {
      if (name === 'GroupingLabels') grouped.push(...node.getChildren('LabelName').map(textAt));
      if (name !== 'VectorSelector') return;
      const metric = node.getChild('Identifier');
      const labels = metric === null ? undefined : labelsOf(textAt(metric), metrics);
      // Of another program, or a rule's own.
      if (metric === null || labels === undefined) return;
      for (const label of labels) known.add(label);
      for (const matcher of node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []) {
        const [label, value] = [matcher.getChild('LabelName'), matcher.getChild('StringLiteral')];
        if (label === null || value === null) continue;
        faults.push(...matcherFaults(textAt(metric), labels, textAt(label), textAt(value).slice(1, -1)));
      }
    },
  });
  return [
    ...faults,
    ...grouped.filter((label) => !known.has(label)).map((label) => `nothing here has the label ${label}`),
  ];
}

/** Undefined where it is no metric of the gateway. */
function labelsOf(metric: string, metrics: MetricLabels): readonly string[] | undefined {
  const labels = metrics.get(metric) ?? metrics.get(metric.replace(/_(bucket|count|sum)$/, ''));
  return labels && [...labels, ...everywhere, ...(metric.endsWith('_bucket') ? ['le'] : [])];
}

function matcherFaults(metric: string, labels: readonly string[], label: string, value: string): string[] {
  if (!labels.includes(label)) return [`${metric} has no label ${label}`];
  const known = label === 'outcome' && ownOutcomes.test(metric) ? undefined : values[label];
  if (known === undefined) return [];
  const unknown = value.split('|').filter((one) => !known.includes(one));
  return unknown.map((one) => `${label} of ${metric} is never ${one}`);
}
