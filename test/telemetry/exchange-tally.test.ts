/** The tally tells Prometheus what prom-client's own metrics would tell of the same exchanges. */

import { Counter, Histogram, Registry } from 'prom-client';
import t from 'tap';
import { createExchangeTally } from '../../src/telemetry/exchange-tally.ts';
import { createRandom } from '../support/random-fixture.ts';

const bounds = [0.001, 0.01, 0.1, 1];

const linesOf = async (registry: Registry) =>
  (await registry.metrics())
    .split('\n')
    .filter((line) => line !== '')
    .sort();

t.test('the same exchanges give the same exposition', async (t) => {
  const random = createRandom(11);
  const [ours, theirs] = [new Registry(), new Registry()];
  const tally = createExchangeTally(ours, bounds);
  const counter = new Counter({
    name: 'lienthong_exchanges_total',
    help: 'Exchanges recorded, by service, outcome (problem code or ok) and source of the answer',
    labelNames: ['service', 'outcome', 'source'],
    registers: [theirs],
  });
  const histogram = new Histogram({
    name: 'lienthong_exchange_duration_seconds',
    help: 'From the whole request read to the record durable',
    labelNames: ['service'],
    buckets: bounds,
    registers: [theirs],
  });
  t.same(await linesOf(ours), await linesOf(theirs), 'before the first');
  for (let exchanged = 0; exchanged < 1000; exchanged += 1) {
    const service = random.pick(['VN/GOV/G01/population/get-person', 'none', 'a"b\\c']);
    const [outcome, source] = random.pick([
      ['ok', 'cache'],
      ['ok', 'registry'],
      ['quota-exceeded', 'none'],
    ] as const);
    // Powers of two, so that sums are the same in whichever order; the bounds themselves belong below.
    const seconds = random.chance(0.2) ? random.pick(bounds.slice(3)) : 2 ** -random.below(12) * random.pick([1, 4]);
    tally.count(service, outcome, source, seconds);
    counter.inc({ service, outcome, source });
    histogram.observe({ service }, seconds);
  }
  t.same(await linesOf(ours), await linesOf(theirs));
});
