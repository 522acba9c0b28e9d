/** What rounds are turned into for a reader and for programs. */

import t from 'tap';
import { chartOf } from '../../bench/chart.ts';
import { ratiosOf } from '../../bench/ratios.ts';
import { renderTables, resultsOf, table } from '../../bench/report.ts';
import { disturbed, roundOf } from '../support/round-fixture.ts';

const rounds = [
  roundOf('cache-hit', 1, 500, 1000),
  roundOf('cache-hit', 2, 600, 1000),
  roundOf('bulk-query', 1, 4000, 1000),
];

t.test('the tables tell each ratio with its spread, and whether it is reached', async (t) => {
  const text = renderTables({ rounds, spreads: ratiosOf(rounds), leftOut: { 'redis-hit': 'there is no Redis' } });
  t.match(text, /\| cache-hit +\| cache hit +\| R1 +\| 0\.55 \(0\.50–0\.60\) +\| .*\| ≥ 0\.7 +\| no +\| 0 of 2 +\|/);
  t.match(text, /\| bulk-query +\| .*\| ≥ 3 +\| yes +\|/);
  t.match(text, /\| cache-hit +\| 550 \(500–600\) +\| 2\.0 +\| 4\.4 +\|/);
  t.match(text, /\| … R1 +\| 1000 +\|/);
  t.match(text, /^redis-hit: left out, there is no Redis\.$/m);
  t.notMatch(text, /was not the limit|~/);
});

t.test('a server that had time left, and rounds that others disturbed, are told of', async (t) => {
  const round = roundOf('cache-hit', 1, 500, 1000);
  const idle = [disturbed({ ...round, own: { ...round.own, busyPercent: 60 } })];
  const text = renderTables({ rounds: idle, spreads: ratiosOf(idle), leftOut: {} });
  t.match(text, /^cache-hit: the server was not the limit/m);
  t.match(text, /\| ~0\.50 /);
  t.match(text, /^~ Others were at work/m);
});

t.test('programs are given medians by name, all rounds, the machine and versions', async (t) => {
  const machine = { cpu: 'some', cores: 2, pinned: true, loadBefore: 0, syncMs: 1 };
  const settings = { rounds: 5, repeatsMax: 5, seconds: 1, warmupSeconds: 1, connections: 64 };
  const none = { jsonFile: undefined, chartFile: undefined, profileFolder: undefined };
  const options = { ...settings, ...none, scenarios: ['cache-hit', 'bulk-query'] as const };
  const results = resultsOf(rounds, options, { leftOut: {}, machine, versions: { node: '24' } });
  t.same(results.ratios, { 'cache-hit': 0.55, 'bulk-query': 4 });
  t.same(Object.keys(results), ['ratios', 'spreads', 'rounds', 'settings', 'leftOut', 'machine', 'versions']);
  t.same(JSON.parse(JSON.stringify(results)).rounds, rounds);
  t.same(results.settings, settings);
});

t.test('columns are as wide as their widest cell', async (t) => {
  t.equal(table(['a', 'long'], [['wide', '1']]), '| a    | long |\n| ---- | ---- |\n| wide | 1    |');
});

t.test('the chart has a bar for each aim, and reaches the line where it is reached', async (t) => {
  const late = roundOf('latency-at-70', 1, 500, 1000);
  const all = [...rounds, { ...late, own: { ...late.own, p99Ms: 8.88 } }, roundOf('recording-hits', 1, 1, 2)];
  const svg = chartOf(ratiosOf(all));
  const line = Number(/<line x1="(\d+)" [^>]*dasharray/.exec(svg)?.[1]);
  const ends = [...svg.matchAll(/<rect x="(\d+)" .* width="(\d+)"/g)].map(([, x, width]) => Number(x) + Number(width));
  t.equal(ends.length, 3);
  const [hit = 0, bulk = 0, latency = 0] = ends;
  t.ok(hit < line && bulk > line);
  // Four times the reference where twice is wanted: half of the way.
  t.ok(latency < line);
  t.match(svg, /0\.55 \(≥ 0\.7\)/);
  t.match(svg, /p99 at 70 % of the most : R1, same rate/);
  t.notMatch(svg, /not recorded/);
});
