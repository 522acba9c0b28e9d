/** How the dependencies are, asked for in time, not too often, and told without their words. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { SourceError } from '../../src/adapter-kit/source-error.ts';
import { createHealth, type Dependency } from '../../src/telemetry/health.ts';
import { createSettableClock } from '../support/clock-fixture.ts';

const settings = { checkTimeoutMs: 50, checkIntervalMs: 2000 };

function dependency(check: Dependency['check'] = async () => undefined, changes: Partial<Dependency> = {}) {
  const counted = {
    checks: 0,
    name: 'one',
    vital: true,
    check: (signal: AbortSignal) => {
      counted.checks += 1;
      return check(signal);
    },
    ...changes,
  };
  return counted;
}

t.test('a dependency that works is ok, one that does not says what kind of trouble it is in', async (t) => {
  const health = createHealth(
    [
      dependency(),
      dependency(() => Promise.reject(new SourceError('unavailable', 'postgres://user:secret@10.0.0.1')), {
        vital: false,
      }),
      dependency(() => Promise.reject(new Error('secret'))),
      dependency(() => Promise.reject(undefined)),
      dependency(() => {
        throw new Error('secret');
      }),
    ],
    settings,
    createSettableClock(),
  );
  t.same(await health(), [
    { name: 'one', vital: true, ok: true },
    { name: 'one', vital: false, ok: false, reason: 'unavailable' },
    { name: 'one', vital: true, ok: false, reason: 'not-working' },
    { name: 'one', vital: true, ok: false, reason: 'not-working' },
    { name: 'one', vital: true, ok: false, reason: 'not-working' },
  ]);
});

t.test('a check that takes no notice of its signal is not waited for', async (t) => {
  let given: AbortSignal | undefined;
  const stuck = dependency((signal) => {
    given = signal;
    return new Promise(() => undefined);
  });
  const startedMs = performance.now();
  // The timer of an AbortSignal does not keep the process alive; a server does.
  const alive = sleep(1000);
  t.match(await createHealth([stuck], settings, createSettableClock())(), [{ ok: false }]);
  t.ok(performance.now() - startedMs < 900);
  t.equal(given?.aborted, true);
  await alive;
});

t.test('probes share a round until the next is due', async (t) => {
  const clock = createSettableClock();
  const one = dependency();
  const health = createHealth([one], settings, clock);
  await Promise.all([health(), health()]);
  clock.advance(1999);
  await health();
  t.equal(one.checks, 1);
  clock.advance(1);
  await health();
  t.equal(one.checks, 2);
});

t.test('a clock set back does not make an old round last', async (t) => {
  const clock = createSettableClock();
  const one = dependency();
  const health = createHealth([one], settings, clock);
  await health();
  clock.advance(-3_600_000);
  await health();
  t.equal(one.checks, 2);
});
