/** Checks Prometheus's rules and Grafana's dashboard: their form, every expression by Prometheus's own grammar, and the labels in it. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { labelFaults, metricLabels } from './labels.ts';

export interface Expression {
  readonly place: string;
  readonly text: string;
}

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly alert?: string; readonly record?: string; readonly expr: string }[];
  }[];
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

const text = { type: 'string', minLength: 1 };
const texts = { type: 'object', additionalProperties: text };
const rule = {
  type: 'object',
  additionalProperties: false,
  required: ['expr'],
  oneOf: [{ required: ['alert', 'labels', 'annotations'] }, { required: ['record'] }],
  properties: {
    alert: { type: 'string', pattern: '^[A-Z][A-Za-z0-9]*$' },
    record: { type: 'string', pattern: '^[a-z_]+(:[a-z0-9_]+)+$' },
    expr: text,
    for: { type: 'string', pattern: '^[0-9]+[smhd]$' },
    labels: { ...texts, properties: { severity: { enum: ['page', 'ticket'] } } },
    annotations: { ...texts, required: ['summary'] },
  },
};
const rulesForm = {
  type: 'object',
  additionalProperties: false,
  required: ['groups'],
  properties: {
    groups: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'rules'],
        properties: { name: text, rules: { type: 'array', minItems: 1, items: rule } },
      },
    },
  },
};
const target = { type: 'object', required: ['refId', 'expr'], properties: { refId: text, expr: text } };
const dashboardForm = {
  type: 'object',
  required: ['uid', 'title', 'schemaVersion', 'panels'],
  properties: {
    schemaVersion: { type: 'integer', minimum: 36 },
    panels: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'type', 'title', 'gridPos', 'datasource', 'targets'],
        properties: { targets: { type: 'array', minItems: 1, items: target } },
      },
    },
  },
};

export async function checkWatching(folder: string): Promise<string[]> {
  const ajv = new Ajv({ allErrors: true });
  const form = (place: string, schema: object, value: unknown) => {
    const validate = ajv.compile(schema);
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${place} ${instancePath}: ${message}`);
  };
  const { rules, dashboard } = await readWatching(folder);
  const faults = [...form('rules.yaml', rulesForm, rules), ...form('lienthong.json', dashboardForm, dashboard)];
  if (faults.length > 0) return faults;
  const metrics = await metricLabels();
  return expressionsOf({ rules, dashboard }).flatMap(({ place, text }) => {
    const at = faultIn(text);
    if (at !== undefined) return [`${place}: no PromQL at character ${at}: ${text}`];
    return labelFaults(text, metrics).map((fault) => `${place}: ${fault}`);
  });
}

export async function readWatching(folder: string): Promise<{ rules: Rules; dashboard: Dashboard }> {
  const read = (file: string) => readFile(path.join(folder, file), 'utf8');
  return {
    rules: parse(await read('prometheus/rules.yaml')),
    dashboard: JSON.parse(await read('grafana/dashboards/lienthong.json')),
  };
}

/** With a range in place of Grafana's own word for it. */
export function expressionsOf({ rules, dashboard }: { rules: Rules; dashboard: Dashboard }): Expression[] {
  const ofRules = rules.groups.flatMap((group) =>
    group.rules.map(({ alert, record, expr }) => ({ place: alert ?? record ?? group.name, text: expr })),
  );
  const ofPanels = dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ place: title, text: expr.replaceAll('$__rate_interval', '1m') })),
  );
  return [...ofRules, ...ofPanels];
}

/** Where the grammar is left; undefined where it is kept. */
function faultIn(text: string): number | undefined {
  let at: number | undefined;
  parser.parse(text).iterate({
    enter: ({ type, from }) => {
      if (type.isError) at ??= from;
    },
  });
  return at;
}
