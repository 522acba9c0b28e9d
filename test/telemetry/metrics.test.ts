/** What an operator can read off the metrics, and that nobody is named in them. */

import t from 'tap';
import type { Settled, Trail } from '../../src/exchange/types.ts';
import { Problem } from '../../src/problems.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { shippedService } from '../support/service-fixture.ts';

type Circuits = ReadonlyMap<string, 'closed' | 'open' | 'half-open'>;

function create(circuits: () => Circuits = () => new Map(), logWritable = () => true) {
  return createMetrics({
    circuits,
    logWritable,
    evidenceWritable: () => true,
    indexLag: () => 0,
    stateWritable: () => true,
  });
}

const trail = { service: shippedService('get-person') } as Trail;
const answered = { outcome: { answer: { source: 'cache' } }, trail } as unknown as Settled;
const refused = (trail: Trail): Settled => ({
  outcome: { problem: new Problem('quota-exceeded', 'Used up by 099190000001.') },
  trail,
  position: { index: 0 },
});

t.test('exchanges are counted by service, outcome and source', async (t) => {
  const metrics = create();
  metrics.exchangeDone(answered, 5);
  metrics.exchangeDone(answered, 5);
  metrics.exchangeDone(refused(trail), 5);
  metrics.exchangeDone(refused({}), 5);
  metrics.exchangeWithheld();
  const text = await metrics.expose();
  const service = 'service="VN/GOV/G01/population/get-person"';
  const counted = text.split('\n').filter((line) => /^lienthong_exchanges_(total|withheld)/.test(line));
  t.same(
    counted.sort(),
    [
      `lienthong_exchanges_total{service="none",outcome="quota-exceeded",source="none"} 1`,
      `lienthong_exchanges_total{${service},outcome="ok",source="cache"} 2`,
      `lienthong_exchanges_total{${service},outcome="quota-exceeded",source="none"} 1`,
      'lienthong_exchanges_withheld_total 1',
    ].sort(),
  );
  t.notMatch(text, /0991/, 'and nobody is named');
  t.match(text, `lienthong_exchange_duration_seconds_bucket{le="0.005",${service}} 3`);
});

t.test('steps and commits are timed in seconds', async (t) => {
  const metrics = create();
  metrics.stepDone('authorise', 2);
  metrics.logCommitted(3, 1000, 4);
  metrics.logCommitted(1, 500, 4);
  const text = await metrics.expose();
  t.match(text, 'lienthong_step_duration_seconds_sum{step="authorise"} 0.002');
  t.match(text, 'lienthong_log_commit_entries_sum 4');
  t.match(text, 'lienthong_log_commit_duration_seconds_sum 0.008');
  t.match(text, 'lienthong_log_bytes_total 1500');
});

t.test('circuits and log are shown as they are at the moment of the scrape', async (t) => {
  let circuits: Circuits = new Map([
    ['a', 'open'],
    ['b', 'half-open'],
    ['c', 'closed'],
  ]);
  let writable = true;
  const metrics = create(
    () => circuits,
    () => writable,
  );
  const before = await metrics.expose();
  for (const line of ['{service="a"} 2', '{service="b"} 1', '{service="c"} 0'])
    t.match(before, `lienthong_circuit_state${line}`);
  t.match(before, 'lienthong_log_writable 1');
  circuits = new Map([['a', 'closed']]);
  writable = false;
  const after = await metrics.expose();
  t.match(after, 'lienthong_circuit_state{service="a"} 0');
  t.notMatch(after, 'service="b"');
  t.match(after, 'lienthong_log_writable 0');
});

t.test('two gateways in one process do not share their metrics', async (t) => {
  const [one, other] = [create(), create()];
  one.exchangeWithheld();
  t.match(await other.expose(), 'lienthong_exchanges_withheld_total 0');
});

t.test("the exposition is of Prometheus' own type", async (t) => {
  t.match(create().contentType, /^text\/plain; version=0\.0\.4/);
});

t.test(
  'what stands at a registry is shown with its age, noughts included, and not at all where it is not known',
  async (t) => {
    const metrics = create();
    const oldestMs = Date.now() - 90_000;
    const shown = async () => {
      const lines = (await metrics.expose()).split('\n').filter((line) => line.startsWith('lienthong_deliveries_'));
      return lines.filter((line) => line.includes('standing="'));
    };
    t.same(await shown(), []);
    metrics.deliveriesCounted(['one', 'two'], [{ registry: 'one', standing: 'dead', count: 3, oldestMs }]);
    const lines = await shown();
    t.ok(lines.includes('lienthong_deliveries_standing{registry="one",standing="dead"} 3'));
    t.ok(lines.includes('lienthong_deliveries_standing{registry="two",standing="held"} 0'));
    t.match(lines.join('\n'), /oldest_age_seconds\{registry="one",standing="dead"\} (9\d|1\d\d)/);
    metrics.deliveriesCounted(['one', 'two'], undefined);
    t.same(await shown(), []);
  },
);
