/** A file that says only what is the operator's own means the same as the shipped one, which names everything. */

import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { loadConfigFile, loadConfiguration } from '../src/config.ts';
import { ConfigError } from '../src/config-reader.ts';
import { projectRoot } from './support/gateway.ts';
import { settingsOf } from './support/settings-table.ts';

const shippedFolder = path.join(projectRoot, 'config');
const sources = { schemaFolder: shippedFolder, env: {} };

/** What nobody but the operator can say; everything else has a default. */
const own: Readonly<Record<string, readonly string[]>> = {
  gateway: [
    '/evidence/auditorKeyFiles',
    '/evidence/services',
    '/exchangeLog/origin',
    '/exchangeLog/timestamps/caFiles',
    '/exchangeLog/timestamps/url',
    '/exchangeLog/witnesses/list',
    '/instance',
    '/node',
    '/redis/url',
    '/telemetry/otlp/url',
  ],
  witness: ['/logs', '/name'],
};

const least = {
  instance: 'VN',
  node: 'gateway-1',
  exchangeLog: { origin: 'lienthong.example/gateway-1' },
};

/** What each optional section cannot do without. */
const leastOfOptional = {
  redis: { url: 'redis://127.0.0.1:6379/0' },
  cache: { keyFile: 'cache.key' },
  telemetry: { otlp: { url: 'http://127.0.0.1:4318' } },
  evidence: {
    services: ['VN/GOV/G15/judicial-records/get-criminal-record-status'],
    auditorKeyFiles: ['auditor.public.jwk'],
  },
  exchangeLog: {
    ...least.exchangeLog,
    timestamps: { url: 'http://timestamps.example/', caFiles: ['timestamp-authority.pem'] },
    witnesses: { list: [{ url: 'https://witness.example', key: 'witness.example/w1+…' }] },
  },
};

async function settings(t: Test, file: object): Promise<unknown> {
  const folder = path.join(t.testdir({}), 'config');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'gateway.yaml'), stringify(file));
  return loadConfigFile(path.join(folder, 'gateway.yaml'), 'gateway', sources);
}

t.test('three settings of one’s own give what the shipped file gives, but for the sample people', async (t) => {
  const { gateway } = await loadConfiguration(shippedFolder, shippedFolder, {});
  const few = (await settings(t, least)) as typeof gateway;
  t.strictSame(few, { ...gateway, validation: { ...gateway.validation, samplePins: false } });
  t.ok(gateway.validation.samplePins);
  for (const part of [few, few.http, few.agreements.safetyLevelMin, few.webhooks.allowPrivateAddresses]) {
    t.ok(Object.isFrozen(part));
  }
});

t.test('two settings of one’s own make a witness as the shipped file does', async (t) => {
  const file = path.join(
    t.testdir({ 'witness.yaml': 'name: lienthong.example/witness-1\nlogs: []\n' }),
    'witness.yaml',
  );
  const shipped = await loadConfigFile(path.join(shippedFolder, 'witness.yaml'), 'witness', sources);
  t.strictSame(await loadConfigFile(file, 'witness', sources), shipped);
});

t.test('what is optional as a whole needs its own part alone, and is absent where nothing is said', async (t) => {
  const shown = shippedWithOptional() as Record<string, Record<string, unknown>>;
  const given = (await settings(t, { ...least, ...leastOfOptional })) as typeof shown;
  for (const name of ['redis', 'telemetry', 'evidence', 'exchangeLog']) t.strictSame(given[name], shown[name], name);
  const without = (await settings(t, least)) as typeof shown;
  for (const name of ['redis', 'telemetry', 'evidence']) t.notOk(name in without, name);
  for (const name of ['timestamps', 'witnesses']) t.notOk(name in (without.exchangeLog ?? {}), name);
});

for (const [name, shipped] of [
  ['gateway', shippedWithOptional()],
  ['witness', parse(readFileSync(path.join(shippedFolder, 'witness.yaml'), 'utf8'))],
] as const) {
  const described = settingsOf(name);

  t.test(`the defaults of ${name}.schema.json are the values of ${name}.yaml, one by one`, async (t) => {
    const named = leaves(shipped);
    for (const pointer of own[name] ?? []) t.ok(named.delete(pointer), `${pointer} is shown in ${name}.yaml`);
    if (name === 'gateway') named.set('/validation/samplePins', false);
    const defaults = new Map(
      described.flatMap(({ pointer, schema }) => ('default' in schema ? [[pointer, schema.default]] : [])) as [
        string,
        unknown,
      ][],
    );
    t.strictSame(Object.fromEntries([...defaults].sort()), Object.fromEntries([...named].sort()));
  });

  t.test(`every setting of ${name}.schema.json is described, with the unit that its name says`, async (t) => {
    const units: readonly (readonly [RegExp, RegExp])[] = [
      [/Ms(Max)?$/, /milliseconds/i],
      [/Seconds(Max)?$/, /seconds/],
      [/Bytes(Max)?$/, /bytes/i],
      [/MiB(Max)?$/, /MiB/],
    ];
    for (const { pointer, schema } of described) {
      t.ok(schema.description, `${pointer} is described`);
      for (const [ending, unit] of units) if (ending.test(pointer)) t.match(schema.description, unit, pointer);
    }
  });
}

t.test('unknown members are still refused, in every section', async (t) => {
  const shipped = parse(readFileSync(path.join(shippedFolder, 'gateway.yaml'), 'utf8'));
  const sections = Object.keys(shipped).filter((name) => typeof shipped[name] === 'object');
  t.ok(sections.length > 20);
  for (const name of sections) {
    const spoilt = { ...least, [name]: { ...(name === 'exchangeLog' ? least.exchangeLog : {}), graseMs: 1 } };
    t.same(await faultsIn(t, spoilt), [`/${name}/graseMs`]);
  }
  t.same(await faultsIn(t, { ...least, graseMs: 1 }), ['/graseMs']);
});

t.test('what is one’s own is demanded by name', async (t) => {
  t.same(await faultsIn(t, {}), ['/exchangeLog/origin', '/instance', '/node']);
});

async function faultsIn(t: Test, file: object): Promise<string[]> {
  const error = await settings(t, file).catch((reason: unknown) => reason);
  if (!(error instanceof ConfigError)) throw new Error('it has no faults');
  return error.faults.map(({ at }) => at).sort();
}

/** The shipped gateway.yaml as if its optional sections were no comments. */
function shippedWithOptional(): unknown {
  const text = readFileSync(path.join(shippedFolder, 'gateway.yaml'), 'utf8');
  const lines = text.split('\n');
  const value = parse(text);
  const section = (name: string, indent: string) => {
    const begin = lines.indexOf(`${indent}# ${name}:`);
    const rest = lines.slice(begin + 1);
    const end = rest.findIndex((line) => !line.startsWith(`${indent}#  `));
    const uncommented = [lines[begin] ?? '', ...rest.slice(0, end)].map((line) => line.slice(indent.length + 2));
    return parse(uncommented.join('\n'))[name];
  };
  for (const name of ['redis', 'evidence', 'telemetry']) value[name] = section(name, '');
  for (const name of ['timestamps', 'witnesses']) value.exchangeLog[name] = section(name, '  ');
  return value;
}

function leaves(value: unknown, pointer = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[pointer, value]]);
  return new Map(Object.entries(value).flatMap(([name, inner]) => [...leaves(inner, `${pointer}/${name}`)]));
}
