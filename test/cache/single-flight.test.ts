/** One piece of work for all who ask, whose end nobody's leaving brings about but the last one's. */

import t from 'tap';
import { createSingleFlight } from '../../src/cache/single-flight.ts';

const here = new AbortController().signal;

t.test('work that has landed is not joined any more', async (t) => {
  const flights = createSingleFlight<number>();
  let runs = 0;
  const work = async () => ++runs;
  t.equal(await flights.join('k', here, work), 1);
  t.equal(await flights.join('k', here, work), 2);
});

t.test('other keys are other flights', async (t) => {
  const flights = createSingleFlight<string>();
  const both = ['a', 'b'].map((key) => flights.join(key, here, async () => key));
  t.same(await Promise.all(both), ['a', 'b']);
});

t.test('an abandoned flight that lands late does not end the one that took its place', async (t) => {
  const flights = createSingleFlight<string>();
  const late = Promise.withResolvers<string>();
  const gone = new AbortController();
  const abandoned = flights.join('k', gone.signal, () => late.promise);
  gone.abort();
  await t.rejects(abandoned, { code: 'client-disconnected' });
  const second = Promise.withResolvers<string>();
  const joined = flights.join('k', here, () => second.promise);
  late.resolve('late');
  await late.promise;
  await new Promise((resolve) => setImmediate(resolve));
  const alsoJoined = flights.join('k', here, async () => 'a third');
  second.resolve('second');
  t.same(await Promise.all([joined, alsoJoined]), ['second', 'second']);
});

t.test('an abandoned flight that fails late troubles nobody', async (t) => {
  const flights = createSingleFlight<string>();
  const late = Promise.withResolvers<string>();
  const gone = new AbortController();
  const abandoned = flights.join('k', gone.signal, () => late.promise);
  gone.abort();
  await t.rejects(abandoned);
  late.reject(new Error('late'));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(await flights.join('k', here, async () => 'fine'), 'fine');
});

t.test('a caller who leaves after the landing changes nothing', async (t) => {
  const flights = createSingleFlight<string>();
  const caller = new AbortController();
  let signal: AbortSignal | undefined;
  const work = async (flight: AbortSignal) => {
    signal = flight;
    return 'done';
  };
  t.equal(await flights.join('k', caller.signal, work), 'done');
  caller.abort();
  t.equal(signal?.aborted, false);
});

t.test('no caller keeps a listener once the flight has landed', async (t) => {
  const flights = createSingleFlight<string>();
  const warnings: unknown[] = [];
  const warn = (warning: unknown) => warnings.push(warning);
  process.on('warning', warn);
  t.teardown(() => process.off('warning', warn));
  const caller = new AbortController();
  for (let joined = 0; joined < 50; joined += 1) await flights.join('k', caller.signal, async () => 'done');
  await new Promise((resolve) => setImmediate(resolve));
  t.same(warnings, []);
});
