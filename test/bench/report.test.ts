/** What the samples are turned into. */

import t from 'tap';
import type { Sample } from '../../bench/measure.ts';
import { ratiosOf, renderTables, table } from '../../bench/report.ts';
import type { ScenarioName } from '../../bench/scenarios.ts';

function sample(scenario: ScenarioName, round: number, requestsPerSecond: number, busyPercent = 100): Sample {
  return {
    scenario,
    round,
    requests: 1000,
    requestsPerSecond,
    p50Ms: 2,
    p99Ms: 4.44,
    cpuMicrosPerRequest: 1_000_000 / requestsPerSecond,
    busyPercent,
    generatorBusyPercent: 40,
  };
}

t.test('ratios are taken within a round, so that a slow round counts as little as a fast one', async (t) => {
  const samples = [
    sample('bare', 1, 1000),
    sample('cache-hit', 1, 500),
    sample('cache-hit', 2, 60),
    sample('bare', 2, 100),
    sample('bare', 3, 2000),
    sample('cache-hit', 3, 800),
  ];
  t.same(ratiosOf(samples)['cache-hit']?.speed, { median: 0.5, min: 0.4, max: 0.6 });
});

t.test('there is no ratio to what was not measured', async (t) => {
  t.same(Object.keys(ratiosOf([sample('miss', 1, 10), sample('bare-query', 1, 20)])), ['miss-to-query']);
});

t.test('the tables tell each scenario with its spread, and warn where the server had time left', async (t) => {
  const rounds = [sample('bare', 1, 1000), sample('bare', 2, 1200), sample('cache-hit', 1, 500, 60)];
  const text = renderTables({ rounds, spreads: ratiosOf(rounds) });
  t.match(text, /\| \(a\) bare[^|]*\| 1100 \(1000–1200\) +\| 2\.0 +\| 4\.4 +\|/);
  t.match(text, /\| b\/a \(cache-hit\) \| 0\.50 +\| 0\.50 +\|/);
  t.match(text, /^cache-hit: the server was not the limit/m);
  t.notMatch(text, /^bare: /m);
});

t.test('columns are as wide as their widest cell', async (t) => {
  t.equal(table(['a', 'long'], [['wide', '1']]), '| a    | long |\n| ---- | ---- |\n| wide | 1    |');
});
