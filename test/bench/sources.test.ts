/** A scenario that measured something else than it says fails. */

import t from 'tap';
import { commitIn, demandSources, medianCommitMs, sourcesIn } from '../../bench/sources.ts';

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

t.test('hits may be few others, misses all come from the registry', async (t) => {
  demandSources('cache-hit', { registry: 2, cache: 998 });
  demandSources('miss', { registry: 1000 });
  t.throws(() => demandSources('cache-hit', { registry: 100, cache: 900 }), /cache-hit: the answers came from/);
  t.throws(() => demandSources('miss', { registry: 999, cache: 1 }), /miss: the answers came from/);
  t.throws(() => demandSources('miss', {}), Error);
  t.throws(() => demandSources('cache-hit', {}), Error);
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

t.test('the median commit is that between two readings', async (t) => {
  const reading = (...counts: readonly number[]) =>
    ['0.001', '0.005', '+Inf']
      .map((bound, at) => `lienthong_log_commit_duration_seconds_bucket{le="${bound}"} ${counts[at]}`)
      .join('\n');
  t.equal(medianCommitMs(reading(100, 100, 100), reading(101, 109, 110)), 5);
  t.equal(medianCommitMs(reading(0, 0, 0), reading(5, 9, 10)), 1);
  t.throws(() => medianCommitMs(reading(1, 1, 1), reading(1, 1, 1)), /there was no commit/);
});
