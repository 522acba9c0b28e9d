/** As many exchanges are taken as the event loop keeps up with, between the two numbers that an operator names. */

import t from 'tap';
import { createInFlightLimit } from '../../src/overload/in-flight-limit.ts';

const settings = {
  ...{ inFlightMax: 400, inFlightMin: 20, loopDelayMsMax: 50, checkIntervalMs: 50 },
  ...{
    batchPercent: 50,
    fairFromPercent: 50,
    keptPercent: 20,
    longWaitMs: 250,
    waitersPercent: 40,
    retryAfterSeconds: 1,
  },
};

t.test('it begins with a quarter, and never with less than the least', async (t) => {
  t.equal(createInFlightLimit(settings).current, 100);
  t.equal(createInFlightLimit({ ...settings, inFlightMin: 200 }).current, 200);
});

t.test('a late event loop means fewer, down to the least', async (t) => {
  const limit = createInFlightLimit(settings);
  limit.observe(51, 100);
  t.equal(limit.current, 90);
  t.equal(limit.isLate, true);
  for (let look = 0; look < 50; look += 1) limit.observe(500, 100);
  t.equal(limit.current, 20);
});

t.test('one that keeps up gets more where they are wanted, up to the most', async (t) => {
  const limit = createInFlightLimit(settings);
  limit.observe(50, 10);
  t.equal(limit.current, 100, 'nobody came near the limit');
  limit.observe(50, 90);
  t.equal(limit.current, 102);
  for (let look = 0; look < 500; look += 1) limit.observe(1, limit.current);
  t.equal(limit.current, 400);
});
