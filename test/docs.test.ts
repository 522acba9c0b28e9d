/** The tables in the documentation say what the code does. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { samplePopulation } from '../adapters/sample-people/index.ts';
import { entryKinds } from '../src/exchange/entries.ts';
import { readOffer } from '../src/offer.ts';
import { problemKinds } from '../src/problem-kinds.ts';
import { exposedMetrics } from './support/exposed-metrics.ts';
import { projectRoot } from './support/gateway.ts';
import { settingRow, settingsOf } from './support/settings-table.ts';

const page = (name: string) => readFile(path.join(projectRoot, name), 'utf8');

/** Cells of the table rows that open with a code span. */
function rows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

t.test('docs/problems.md is the table of problems', async (t) => {
  const expected = Object.entries(problemKinds).map(([code, kind]) => [
    code,
    String(kind.status),
    kind.xRoadType,
    kind.title,
    kind.mend,
  ]);
  t.same(rows(await page('docs/problems.md')), expected);
});

t.test('the README lists the services', async (t) => {
  const { catalogue } = await readOffer({
    configFolder: path.join(projectRoot, 'config'),
    projectRoot,
    env: process.env,
  });
  const listed = rows(await page('README.md'))
    .map(([first]) => first ?? '')
    .filter((cell) => cell.startsWith('VN/'));
  t.same(
    listed.sort(),
    catalogue
      .all()
      .map(({ id }) => id)
      .sort(),
  );
});

t.test('docs/protocol.md has a call of each service, with a message that is accepted', async (t) => {
  const { catalogue } = await readOffer({
    configFolder: path.join(projectRoot, 'config'),
    projectRoot,
    env: process.env,
  });
  const text = (await page('docs/protocol.md')).replaceAll('\\\n', ' ');
  const calls = [...text.matchAll(/^(?:call|push [\w-]+) +(\S+)[^']*'(\{[^']*\})'/gm)];
  for (const [, service = '', message = ''] of calls) {
    const called = catalogue.all().find(({ id }) => id === `VN/GOV/${service}`);
    t.same(called?.requestViolations(JSON.parse(message)), [], service);
  }
  const called = new Set(calls.map(([, service]) => `VN/GOV/${service}`));
  t.same([...called].sort(), [...new Set(catalogue.all().map(({ id }) => id))].sort());
});

t.test('docs/sample-data.md tells of people as they are', async (t) => {
  const { byPin } = samplePopulation();
  const listed = rows(await page('docs/sample-data.md')).filter(([pin = '']) => /^\d+$/.test(pin));
  t.ok(listed.length > 15);
  for (const [pin = '', name, born, who = ''] of listed) {
    const person = byPin.get(pin);
    t.same([person?.fullName, person?.dateOfBirth.value], [name, born], pin);
    t.equal(person?.status, statusIn(who), pin);
  }
});

t.test('docs/audit.md and docs/exchange-log.md name every kind of entry', async (t) => {
  const row = (text: string) => rows(text).find(([first = '']) => /\bkind$/.test(first))?.[1] ?? '';
  const [audit, log] = [row(await page('docs/audit.md')), row(await page('docs/exchange-log.md'))];
  for (const kind of entryKinds) {
    t.ok(audit.includes(kind), `${kind}, docs/audit.md`);
    t.ok(log.includes(kind), `${kind}, docs/exchange-log.md`);
  }
});

t.test('whoever stands in a message to paste by number and name is in the sample', async (t) => {
  const { byPin } = samplePopulation();
  for (const name of ['docs/protocol.md', 'docs/deliveries.md']) {
    const named = [...(await page(name)).matchAll(/"pin": ?"(\d{12})", ?"fullName": ?"([^"\d]+)"/g)];
    t.ok(named.length > 2, name);
    for (const [, pin = '', fullName] of named.filter(([, , given]) => given !== given?.toUpperCase()))
      t.equal(byPin.get(pin)?.fullName, fullName, pin);
  }
});

function statusIn(who: string): string {
  if (/^\*\*died/.test(who)) return 'deceased';
  return /replaced/.test(who) ? 'replaced' : 'active';
}

t.test('docs/operations.md lists the metrics', async (t) => {
  const exposed = (await exposedMetrics()).filter((name) => name.startsWith('lienthong_'));
  const documented = (await page('docs/operations.md')).matchAll(/`(lienthong_[a-z_]+)(?:\{[^}]*\})?`/g);
  t.same([...new Set([...documented].map(([, name]) => name))].sort(), [...exposed].sort());
});

t.test('docs/architecture.md lists the steps of the pipeline', async (t) => {
  const source = await page('src/exchange/pipeline.ts');
  const steps = [...source.matchAll(/step\.(\w+)\(/g)].map(([, name]) => name).filter((name) => name !== 'describe');
  const listed = rows(await page('docs/architecture.md')).flatMap(([first = '']) => first.split(', '));
  for (const step of steps) t.ok(listed.includes(step ?? ''), `${step} is listed`);
});

t.test('docs/configuration.md lists every setting of gateway.yaml with its default', async (t) => {
  const [, section = ''] = (await page('docs/configuration.md')).split('\n## Every setting\n');
  const listed = section.split('\n').filter((line) => line.startsWith('| `'));
  t.same(listed, settingsOf('gateway').map(settingRow));
});
