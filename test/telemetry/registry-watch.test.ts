/** What the watch over the breakers sees: calls that wait, calls that run on, failures that are the registry's own. */

import t from 'tap';
import type { Breakers, BreakerTarget } from '../../src/exchange/ports.ts';
import { Problem } from '../../src/problems.ts';
import { createLatencyWindow } from '../../src/telemetry/latency-window.ts';
import { createRegistryWatch } from '../../src/telemetry/registry-watch.ts';

const target = { id: 'VN/GOV/G18/troubles/ask', key: 'k', registry: 'troubles' } as BreakerTarget;
const failures: string[] = [];
const calls: number[] = [];
const observer = {
  registryCalled: (_registry: string, durationMs: number) => void calls.push(durationMs),
  registryFailed: (_registry: string, code: string) => void failures.push(code),
};
const signal = new AbortController().signal;

function watchOver(run: Breakers['run']) {
  const watch = createRegistryWatch({ clock: { nowMs: () => 0 }, latencyCallsMax: 10, observer });
  const breakers = watch.over({ stateOf: () => 'closed' as const, run });
  return {
    call: (work: () => Promise<unknown>) => breakers.run(target, signal, work),
    use: () => watch.uses().get('troubles'),
  };
}

t.test('a call waits until its work begins, and is in flight until that ends', async (t) => {
  const turn = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  const { call, use } = watchOver(async (_target, budget, work) => {
    await turn.promise;
    return work(budget);
  });
  const running = call(() => answer.promise);
  t.match(use(), { queued: 1, inFlight: 0 });
  turn.resolve();
  await new Promise(setImmediate);
  t.match(use(), { queued: 0, inFlight: 1, latency: undefined });
  answer.resolve('yes');
  t.equal(await running, 'yes');
  t.match(use(), { queued: 0, inFlight: 0, latency: { calls: 1 } });
  t.equal(calls.length, 1);
});

t.test('a call that is refused leaves nothing behind, and an open circuit is no error of its own', async (t) => {
  const { call, use } = watchOver(() => Promise.reject(new Problem('circuit-open', 'paused')));
  await t.rejects(call(() => Promise.resolve()));
  t.match(use(), { queued: 0, inFlight: 0, lastError: undefined });
  t.same(failures, []);
});

t.test('a call that nobody waits for any more is in flight while the registry works on it', async (t) => {
  const { call, use } = watchOver((_target, budget, work) => {
    void work(budget);
    return Promise.reject(new Problem('registry-timeout', 'late'));
  });
  const answer = Promise.withResolvers<void>();
  await t.rejects(call(() => answer.promise));
  t.match(use(), { inFlight: 1, lastError: { code: 'registry-timeout', at: '1970-01-01T00:00:00.000Z' } });
  answer.resolve();
  await new Promise(setImmediate);
  t.match(use(), { inFlight: 0 });
  t.same(failures, ['registry-timeout']);
});

t.test('quantiles are of the last calls only', async (t) => {
  const window = createLatencyWindow(100);
  t.equal(window.read(), undefined);
  for (let n = 0; n < 50; n++) window.add(1_000_000);
  for (let n = 1; n <= 100; n++) window.add(n);
  t.same(window.read(), { calls: 100, p50Ms: 50, p99Ms: 99 });
});
