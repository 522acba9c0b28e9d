/** What is aimed at, out of rounds. */

import t from 'tap';
import { ratioOf, ratiosOf } from '../../bench/ratios.ts';
import { scenarios } from '../../bench/scenarios.ts';
import { disturbed, roundOf } from '../support/round-fixture.ts';

t.test('ratios are taken within a round, so that a slow round counts as little as a fast one', async (t) => {
  const rounds = [
    roundOf('cache-hit', 1, 500, 1000),
    roundOf('cache-hit', 2, 60, 100),
    roundOf('cache-hit', 3, 800, 2000),
  ];
  t.match(ratiosOf(rounds)['cache-hit'], { median: 0.5, min: 0.4, max: 0.6, isReached: false, noisyRounds: 0 });
});

t.test('there is no ratio of what was not measured', async (t) => {
  t.same(Object.keys(ratiosOf([roundOf('record', 1, 1, 2), roundOf('bulk-query', 1, 3, 1)])), ['bulk-query', 'record']);
});

t.test('a noisy round is left out as long as three quiet ones are there', async (t) => {
  const quiet = [1, 2, 3].map((round) => roundOf('record', round, 600, 1000));
  const noisy = disturbed(roundOf('record', 4, 100, 1000));
  t.match(ratioOf(scenarios.record, [...quiet, noisy]), {
    ...{ min: 0.6, isNoisy: false, rounds: 4, noisyRounds: 1, isReached: true },
  });
  const few = ratioOf(scenarios.record, [...quiet.slice(1), noisy, noisy]);
  t.match(few, { min: 0.1, isNoisy: true, noisyRounds: 2 });
});

t.test('a ratio counts what its scenario says: speed, CPU time the other way round, or time', async (t) => {
  const round = roundOf('cache-hit', 1, 500, 1000);
  t.equal(ratioOf(scenarios['cache-hit'], [round]).median, 0.5);
  t.equal(ratioOf(scenarios['growth-services'], [round]).median, 0.5);
  const { median, isReached } = ratioOf(scenarios['latency-at-70'], [round]);
  t.same({ median, isReached }, { median: 2, isReached: true });
});

t.test('more than is wanted at most is not reached', async (t) => {
  const round = roundOf('latency-at-70', 1, 500, 1000);
  const late = { ...round, own: { ...round.own, p99Ms: 5 } };
  t.equal(ratioOf(scenarios['latency-at-70'], [late]).isReached, false);
});

t.test('a figure that is missing is no nought', async (t) => {
  const round = { ...roundOf('growth-services', 1, 1, 1), own: { perSecond: 1 } };
  t.throws(() => ratioOf(scenarios['growth-services'], [round]), /no cpuMicros/);
});
