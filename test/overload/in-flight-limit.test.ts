/** As many exchanges are taken as the event loop keeps up with, between the two numbers that an operator names. */

import t from 'tap';
import { createInFlightLimit } from '../../src/overload/in-flight-limit.ts';

const settings = {
  ...{ inFlightMax: 400, inFlightMin: 20, loopDelayMsMax: 50, loopBusyPercentMax: 95, checkIntervalMs: 50 },
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

const look = { loopDelayMs: 1, loopBusyPercent: 50, inFlightMost: 100 };

t.test('a late event loop means fewer, down to the least', async (t) => {
  const limit = createInFlightLimit(settings);
  limit.observe({ ...look, loopDelayMs: 51 });
  t.equal(limit.current, 90);
  t.equal(limit.isLate, true);
  for (let times = 0; times < 50; times += 1) limit.observe({ ...look, loopDelayMs: 500 });
  t.equal(limit.current, 20);
});

t.test('one that keeps up gets more where they are wanted, up to the most', async (t) => {
  const limit = createInFlightLimit(settings);
  limit.observe({ ...look, loopDelayMs: 50, inFlightMost: 10 });
  t.equal(limit.current, 100, 'nobody came near the limit');
  limit.observe({ ...look, loopDelayMs: 50, inFlightMost: 90 });
  t.equal(limit.current, 102);
  for (let times = 0; times < 500; times += 1) limit.observe({ ...look, inFlightMost: limit.current });
  t.equal(limit.current, 400);
});

t.test('one without time to spare gets no more, for they would only wait, and no fewer', async (t) => {
  const limit = createInFlightLimit(settings);
  limit.observe({ ...look, loopBusyPercent: 96 });
  t.equal(limit.isBusy, true);
  t.equal(limit.current, 100);
  limit.observe({ ...look, loopBusyPercent: 95 });
  t.equal(limit.isBusy, false);
  t.equal(limit.current, 102);
});
