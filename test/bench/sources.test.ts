/** A scenario that measured something else than it says fails. */

import t from 'tap';
import { commitIn, demandSources, sourcesIn, sourcesSince } from '../../bench/sources.ts';

const metrics = `# TYPE lienthong_exchanges_total counter
lienthong_exchanges_total{service="VN/GOV/G01/population/get-person",outcome="ok",source="registry"} 2
lienthong_exchanges_total{service="VN/GOV/G01/population/get-person",outcome="ok",source="cache"} 998
lienthong_exchanges_total{service="VN/GOV/G01/population/get-household",outcome="ok",source="cache"} 10
lienthong_exchanges_total{service="VN/GOV/G01/population/get-person",outcome="client-disconnected",source="none"} 64
lienthong_exchanges_withheld_total 0
`;

t.test('answers are counted by source, and refusals are none', async (t) => {
  t.same(sourcesIn(metrics), { registry: 2, cache: 1008 });
});

t.test('only those since a first reading count', async (t) => {
  t.same(sourcesSince({ registry: 2 }, { registry: 5, cache: 7 }), { registry: 3, cache: 7 });
});

t.test('few others may be among hits and misses', async (t) => {
  demandSources('cache-hit', 'cache', { registry: 2, cache: 998 });
  demandSources('miss', 'registry', { registry: 999, cache: 1 });
  t.throws(
    () => demandSources('cache-hit', 'cache', { registry: 100, cache: 900 }),
    /cache-hit: the answers came from/,
  );
  t.throws(() => demandSources('miss', 'registry', { registry: 900, cache: 100 }), /miss: the answers came from/);
  t.throws(() => demandSources('miss', 'registry', {}), Error);
  t.throws(() => demandSources('cache-hit', 'cache', {}), Error);
});

t.test('commits are averaged, and a log without any has none', async (t) => {
  const commits = [
    'lienthong_log_commit_duration_seconds_sum 0.5',
    'lienthong_log_commit_duration_seconds_count 250',
    'lienthong_log_commit_entries_sum 8000',
    'lienthong_log_commit_entries_count 250',
  ].join('\n');
  t.same(commitIn(commits), { durationMs: 2, entries: 32 });
  t.equal(commitIn(commits.replace('count 250', 'count 0')), undefined);
});
