/** Lines of bulk requests wait for a registry in turns of their consumers, and not for ever. */

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createBreakers } from '../../src/breaker/breakers.ts';
import { createPatientBreakers } from '../../src/breaker/patient-breakers.ts';
import type { Waiter } from '../../src/exchange/ports.ts';
import { shippedService } from '../support/service-fixture.ts';

const service = { ...shippedService('get-person'), registryConcurrencyMax: 2, registryQueueMax: 0 };
const rest = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => undefined);
const { signal } = new AbortController();
const by = (consumer: string): Waiter => ({ consumer, priority: 'interactive' });

/** Half of the two places: one line at a time. */
function open(t: Test, turnWaitMs = 10_000) {
  const breakers = createBreakers({ interactiveTurns: 4 }, () => undefined);
  t.teardown(() => breakers.close());
  const settings = { registryConcurrencyPercent: 50, turnWaitMs, busyRetryMs: 5, busyWaitMs: 100 };
  return createPatientBreakers(breakers, settings, rest);
}

t.test('one line of a commune does not wait for all lines of a ministry', async (t) => {
  const breakers = open(t);
  const order: string[] = [];
  const ask = (consumer: string) => breakers.run(service, signal, async () => void order.push(consumer), by(consumer));
  const lines = Array.from({ length: 20 }, () => ask('ministry'));
  await Promise.all([...lines, ask('commune')]);
  t.equal(order.length, 21);
  t.ok(order.indexOf('commune') <= 2, order.join(' '));
});

t.test('a line whose turn does not come is refused, and leaves no place taken', async (t) => {
  const breakers = open(t, 30);
  const hanging = Promise.withResolvers<void>();
  const first = breakers.run(service, signal, () => hanging.promise, by('ministry'));
  await t.rejects(
    breakers.run(service, signal, async () => undefined, by('commune')),
    { code: 'registry-busy', retryAfterSeconds: 1 },
  );
  const gone = new AbortController();
  const leaving = breakers.run(service, gone.signal, async () => undefined, by('commune'));
  gone.abort(new Error('gone'));
  await t.rejects(leaving, { message: 'gone' });
  hanging.resolve();
  await first;
  t.equal(await breakers.run(service, signal, async () => 'asked', by('commune')), 'asked');
});
