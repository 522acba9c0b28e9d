/** One registry's trouble stays its own: budgets, circuits and shares, and what counts as trouble. */

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { linger } from '../../src/adapter-kit/call-signal.ts';
import { SourceError, type SourceErrorKind } from '../../src/adapter-kit/source-error.ts';
import { createBreakers, type ObservableBreakers } from '../../src/breaker/breakers.ts';
import type { Waiter } from '../../src/exchange/ports.ts';
import type { BreakerPolicy, Service } from '../../src/exchange/services.ts';
import { Problem } from '../../src/problems.ts';
import { shippedService } from '../support/service-fixture.ts';

const policy: BreakerPolicy = { errorThresholdPercent: 50, volumeThreshold: 4, windowMs: 10_000, resetMs: 100 };
const service = shippedService('get-person', { timeoutMs: 1000, breaker: policy, registryQueueMax: 0 });
const waiter = (consumer: string): Waiter => ({ consumer, priority: 'interactive' });
const here = new AbortController().signal;
const ok = async () => 'ok';
const fail = () => Promise.reject(new SourceError('failed', 'made to fail'));
const never = () => new Promise<never>(() => undefined);

function create(t: Test): ObservableBreakers {
  const breakers = createBreakers({ interactiveTurns: 4 }, () => undefined);
  t.teardown(() => breakers.close());
  return breakers;
}

/** Outcome of one call: what it gave, or the problem's code. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => (error instanceof Problem ? error.code : error));
}

/** Outcomes of calls one after the other. */
async function outcomes(breakers: ObservableBreakers, one: Service, ...works: (() => Promise<unknown>)[]) {
  const seen: unknown[] = [];
  for (const work of works) seen.push(await outcome(breakers.run(one, here, work)));
  return seen;
}

/** Starts a call whose caller leaves while the registry works on it. */
async function callAndLeave(
  breakers: ObservableBreakers,
  one: Service = service,
  work: (signal: AbortSignal) => Promise<unknown> = never,
): Promise<unknown> {
  const caller = new AbortController();
  const call = outcome(breakers.run(one, caller.signal, work));
  await sleep(1);
  caller.abort(new Problem('client-disconnected', 'gone'));
  return call;
}

async function openCircuit(breakers: ObservableBreakers, one: Service = service): Promise<void> {
  await outcomes(breakers, one, fail, fail, fail, fail);
}

t.test('a value that the registry cannot store opens no circuit', async (t) => {
  const breakers = create(t);
  const unstorable = () => Promise.reject(new SourceError('unstorable', 'SQLSTATE 22021'));
  for (let round = 0; round < 20; round += 1) await t.rejects(breakers.run(service, here, unstorable));
  t.equal(breakers.stateOf(service), 'closed');
});

t.test('what the work gives is given on', async (t) => {
  t.equal(await create(t).run(service, here, ok), 'ok');
});

const kinds: Readonly<Record<SourceErrorKind, string>> = {
  unavailable: 'registry-unavailable',
  timeout: 'registry-timeout',
  'answer-invalid': 'registry-answer-invalid',
  garbled: 'registry-answer-invalid',
  unstorable: 'registry-failed',
  failed: 'registry-failed',
};

for (const [kind, code] of Object.entries(kinds) as [SourceErrorKind, string][]) {
  t.test(`a source that says "${kind}" is told as ${code}, its own words only to the operator`, async (t) => {
    const error = new SourceError(kind, 'the words of the source');
    const problem = await create(t)
      .run(service, here, () => Promise.reject(error))
      .catch((thrown: unknown) => thrown);
    t.match(problem, { name: 'Problem', code, cause: error });
    t.notMatch((problem as Problem).detail, /words of the source/);
  });
}

t.test("an error that is no source's is thrown as it is", async (t) => {
  const bug = new TypeError('a bug');
  await t.rejects(
    create(t).run(service, here, () => Promise.reject(bug)),
    bug,
  );
});

t.test('a call ends with its budget, also when the work takes no notice of its signal', async (t) => {
  const breakers = create(t);
  let given: AbortSignal | undefined;
  const startedMs = performance.now();
  const work = (signal: AbortSignal) => {
    given = signal;
    return never();
  };
  t.equal(await outcome(breakers.run({ ...service, timeoutMs: 50 }, here, work)), 'registry-timeout');
  t.ok(performance.now() - startedMs < 500);
  t.equal(given?.aborted, true, 'and the work is told');
});

t.test('work that answers in time is not aborted afterwards', async (t) => {
  let given: AbortSignal | undefined;
  await create(t).run({ ...service, timeoutMs: 20 }, here, async (signal) => {
    given = signal;
  });
  await sleep(40);
  t.equal(given?.aborted, false);
});

t.test('the circuit opens when the share of failures is reached, and then the registry is not asked', async (t) => {
  const breakers = create(t);
  t.same(await outcomes(breakers, service, ok, ok, fail, fail), ['ok', 'ok', 'registry-failed', 'registry-failed']);
  t.equal(breakers.states().get(service.key), 'open');
  let asked = 0;
  const work = async () => {
    asked += 1;
  };
  const problem = await breakers.run(service, here, work).catch((thrown: unknown) => thrown);
  t.match(problem, { code: 'circuit-open', retryAfterSeconds: 1 });
  t.equal(asked, 0);
});

t.test('below the share, or below the number of calls, it stays closed', async (t) => {
  const breakers = create(t);
  await outcomes(breakers, service, fail, fail, fail);
  t.equal(breakers.states().get(service.key), 'closed', 'three calls are fewer than four');
  const other = { ...service, key: 'other' };
  await outcomes(breakers, other, ok, ok, ok, fail, fail);
  t.equal(breakers.states().get('other'), 'closed', 'two of five are less than half');
});

t.test('a share of a hundred percent opens when every call fails', async (t) => {
  const breakers = create(t);
  const strict = { ...service, breaker: { ...policy, errorThresholdPercent: 100 } };
  await openCircuit(breakers, strict);
  t.equal(breakers.states().get(service.key), 'open');
});

t.test('failures that lie behind the window do not count', async (t) => {
  const breakers = create(t);
  const short = { ...service, breaker: { ...policy, windowMs: 100 } };
  await outcomes(breakers, short, fail, fail, fail);
  await sleep(400);
  await outcomes(breakers, short, fail, fail, fail);
  t.equal(breakers.states().get(service.key), 'closed');
});

t.test('after its time the circuit lets one call try, and the others wait for what comes of it', async (t) => {
  const breakers = create(t);
  await openCircuit(breakers);
  await sleep(150);
  t.equal(breakers.states().get(service.key), 'half-open');
  const trial = Promise.withResolvers<string>();
  const trying = breakers.run(service, here, () => trial.promise);
  t.same(await outcomes(breakers, service, ok, ok), ['circuit-open', 'circuit-open']);
  trial.resolve('back');
  t.equal(await trying, 'back');
  t.equal(breakers.states().get(service.key), 'closed');
  t.same(await outcomes(breakers, service, ok, ok), ['ok', 'ok']);
});

t.test('a trial that fails keeps the circuit open for another while', async (t) => {
  const breakers = create(t);
  await openCircuit(breakers);
  await sleep(150);
  t.same(await outcomes(breakers, service, fail, ok), ['registry-failed', 'circuit-open']);
  await sleep(150);
  t.same(await outcomes(breakers, service, ok, ok), ['ok', 'ok']);
});

t.test('a trial goes on without its caller: the impatient keep no circuit open for the others', async (t) => {
  const breakers = create(t);
  const quick = { ...service, timeoutMs: 50 };
  await openCircuit(breakers, quick);
  await sleep(150);
  await callAndLeave(breakers, quick);
  t.equal(breakers.states().get(quick.key), 'open', 'no answer at all');
  t.same(await outcomes(breakers, quick, ok), ['circuit-open']);
  await sleep(150);
  await callAndLeave(breakers, quick, async (signal) => {
    await sleep(20);
    t.notOk(signal.aborted);
  });
  t.equal(breakers.states().get(quick.key), 'closed', 'an answer that nobody waits for');
});

t.test(
  'a record that the registry answers badly, asked for again and again, closes the service to nobody',
  async (t) => {
    const breakers = create(t);
    const garbled = () => Promise.reject(new SourceError('answer-invalid', 'one bad record'));
    await outcomes(breakers, service, ...Array.from({ length: 20 }, () => garbled));
    t.same(await outcomes(breakers, service, ok), ['ok']);
  },
);

t.test('a registry that speaks no protocol any more is asked no more', async (t) => {
  const breakers = create(t);
  const garbled = () => Promise.reject(new SourceError('garbled', 'bytes'));
  const codes = await outcomes(breakers, service, ...Array.from({ length: 20 }, () => garbled));
  t.same([codes[0], codes.at(-1)], ['registry-answer-invalid', 'circuit-open']);
});

t.test('callers who leave do not open the circuit', async (t) => {
  const breakers = create(t);
  for (let left = 0; left < 20; left += 1) t.equal(await callAndLeave(breakers), 'client-disconnected');
  t.equal(breakers.states().get(service.key), 'closed');
});

t.test('callers who leave do not hide a registry that answers nobody', async (t) => {
  const breakers = create(t);
  for (let left = 0; left < 20; left += 1) await callAndLeave(breakers);
  await openCircuit(breakers);
  t.equal(breakers.states().get(service.key), 'open');
});

t.test('calls that an open circuit refused do not hide that the registry fails again', async (t) => {
  const breakers = create(t);
  await openCircuit(breakers);
  await outcomes(breakers, service, ...Array.from({ length: 50 }, () => ok));
  await sleep(150);
  t.same(await outcomes(breakers, service, ok, fail, fail, fail, fail, ok).then((all) => all.at(-1)), 'circuit-open');
});

t.test('a caller who left before the call asks no registry, and gets its own reason', async (t) => {
  const breakers = create(t);
  let asked = 0;
  const work = async () => {
    asked += 1;
  };
  const reason = new Problem('client-disconnected', 'gone');
  await t.rejects(breakers.run(service, AbortSignal.abort(reason), work), reason);
  await t.rejects(breakers.run(service, AbortSignal.abort(), work), { name: 'Problem', code: 'client-disconnected' });
  t.equal(asked, 0);
});

t.test('a registry works on so many calls at once, over all its services, and no more', async (t) => {
  const breakers = create(t);
  const small = { ...service, registryConcurrencyMax: 2 };
  const sibling = { ...shippedService('get-household'), registryConcurrencyMax: 2, registryQueueMax: 0 };
  const working = Promise.withResolvers<string>();
  const held = [small, sibling].map((one) => breakers.run(one, here, () => working.promise));
  const problem = await breakers.run(small, here, ok).catch((thrown: unknown) => thrown);
  t.match(problem, { code: 'registry-busy', retryAfterSeconds: 1 });
  t.equal(await outcome(breakers.run(sibling, here, ok)), 'registry-busy');
  t.equal(
    await breakers.run({ ...small, registry: 'another', key: 'other' }, here, ok),
    'ok',
    'another one has its own',
  );
  working.resolve('done');
  await Promise.all(held);
  t.equal(await breakers.run(small, here, ok), 'ok');
});

t.test('a full registry is waited for, within the budget of the call', async (t) => {
  const breakers = create(t);
  const queueing = { ...service, registryConcurrencyMax: 1, registryQueueMax: 1, registryQueueWaitMs: 500 };
  const working = Promise.withResolvers<string>();
  const held = breakers.run(queueing, here, () => working.promise, waiter('VN/GOV/A'));
  const waiting = breakers.run(queueing, here, ok, waiter('VN/GOV/B'));
  t.equal(await outcome(breakers.run(queueing, here, ok, waiter('VN/GOV/C'))), 'registry-busy', 'the queue is full');
  working.resolve('done');
  t.equal(await waiting, 'ok');
  await held;

  const brief = { ...queueing, timeoutMs: 100, registryQueueWaitMs: 1000 };
  const slow = outcome(breakers.run({ ...brief, key: 'sibling', timeoutMs: 80 }, here, never, waiter('VN/GOV/A')));
  const startedMs = performance.now();
  t.equal(await outcome(breakers.run(brief, here, never, waiter('VN/GOV/B'))), 'registry-timeout');
  const tookMs = performance.now() - startedMs;
  t.ok(tookMs > 90 && tookMs < 150, `the wait was a part of the 100 ms: ${tookMs}`);
  t.equal(await slow, 'registry-timeout');
});

t.test('who leaves the queue, and whom an opened circuit meets there, never reaches the registry', async (t) => {
  const breakers = create(t);
  const queueing = { ...service, registryConcurrencyMax: 1, registryQueueMax: 5, registryQueueWaitMs: 500 };
  const fragile = { ...queueing, breaker: { ...policy, volumeThreshold: 1 } };
  const working = Promise.withResolvers<string>();
  const held = outcome(breakers.run(fragile, here, () => working.promise, waiter('VN/GOV/A')));
  let asked = 0;
  const ask = async () => {
    asked += 1;
  };
  const caller = new AbortController();
  const leaving = outcome(breakers.run(fragile, caller.signal, ask, waiter('VN/GOV/B')));
  const staying = outcome(breakers.run(fragile, here, ask, waiter('VN/GOV/C')));
  caller.abort(new Problem('client-disconnected', 'gone'));
  t.equal(await leaving, 'client-disconnected');
  working.reject(new SourceError('failed', 'made to fail'));
  t.equal(await held, 'registry-failed');
  t.equal(await staying, 'circuit-open');
  t.equal(asked, 0);
});

t.test('what is lost in the line opens no circuit, however near the budget the registry answers', async (t) => {
  const breakers = create(t);
  const limits = { registryConcurrencyMax: 2, registryQueueMax: 20, registryQueueWaitMs: 500 };
  const slow = { ...service, ...limits, timeoutMs: 500 };
  const seen = new Map<unknown, number>();
  const endMs = performance.now() + 3000;
  const askOnAndOn = async () => {
    while (performance.now() < endMs) {
      const one = await outcome(breakers.run(slow, here, () => sleep(250, 'ok'), waiter('VN/GOV/A')));
      seen.set(one, (seen.get(one) ?? 0) + 1);
      if (one !== 'ok') await sleep(20);
    }
  };
  await Promise.all(Array.from({ length: 12 }, askOnAndOn));
  t.same(new Set(seen.keys()), new Set(['ok', 'registry-busy']));
  t.ok((seen.get('ok') ?? 0) >= 12, `the registry has work all the time: ${seen.get('ok')} answers`);
});

t.test('a call that was given up has its place until the registry has let go of it', async (t) => {
  const breakers = create(t);
  const single = { ...service, registryConcurrencyMax: 1 };
  const letGo = Promise.withResolvers<void>();
  const held = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => {
        linger(signal, letGo.promise);
        reject(signal.reason);
      }),
    );
  t.equal(await outcome(breakers.run({ ...single, timeoutMs: 20 }, here, held)), 'registry-timeout');
  t.equal(await outcome(breakers.run(single, here, ok)), 'registry-busy');
  letGo.reject(new Error('cut'));
  await sleep(1);
  t.equal(await outcome(breakers.run(single, here, ok)), 'ok');
});

t.test('a slot is given back however the call ends', async (t) => {
  const breakers = create(t);
  const single = { ...service, registryConcurrencyMax: 1, timeoutMs: 20, breaker: { ...policy, volumeThreshold: 100 } };
  for (const end of [fail, never, ok]) {
    await outcome(breakers.run(single, here, end));
    t.equal(await outcome(breakers.run(single, here, ok)), 'ok');
  }
  await callAndLeave(breakers, single);
  await outcome(breakers.run(single, AbortSignal.abort(), ok));
  t.equal(await outcome(breakers.run(single, here, ok)), 'ok');
});

t.test('being busy is no failure', async (t) => {
  const breakers = create(t);
  const single = { ...service, registryConcurrencyMax: 1 };
  const working = Promise.withResolvers<string>();
  const held = breakers.run(single, here, () => working.promise);
  await outcomes(breakers, single, ...Array.from({ length: 20 }, () => ok));
  working.resolve('done');
  await held;
  t.equal(breakers.states().get(service.key), 'closed');
});

t.test('the circuit of one service is not that of its sibling', async (t) => {
  const breakers = create(t);
  await openCircuit(breakers);
  t.equal(await breakers.run(shippedService('get-household'), here, ok), 'ok');
  t.same([...breakers.states().values()], ['open', 'closed']);
});

t.test('when closed, no call is let through', async (t) => {
  const breakers = create(t);
  await breakers.run(service, here, ok);
  breakers.close();
  t.equal(await outcome(breakers.run(service, here, ok)), 'circuit-open');
});

const quiet = shippedService('get-person', {
  timeoutMs: 40,
  breaker: { errorThresholdPercent: 50, volumeThreshold: 1000, windowMs: 400, resetMs: 60_000 },
  registryQueueMax: 0,
});

t.test('a registry that answers nobody for the window opens the circuit, however few calls it was asked', async (t) => {
  const breakers = create(t);
  const startedMs = performance.now();
  while (breakers.stateOf(quiet) === 'closed' && performance.now() - startedMs < 5000) {
    t.equal(await outcome(breakers.run(quiet, here, never)), 'registry-timeout');
  }
  t.equal(breakers.stateOf(quiet), 'open');
  t.ok(performance.now() - startedMs >= 400, 'not before');
  t.equal(await outcome(breakers.run(quiet, here, ok)), 'circuit-open');
});

t.test('that it held on to what was given up, so that nobody could ask, is no pause', async (t) => {
  const breakers = create(t);
  const single = { ...quiet, registryConcurrencyMax: 1 };
  const hang = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => {
        linger(signal, sleep(80));
        reject(signal.reason);
      }),
    );
  const startedMs = performance.now();
  while (breakers.stateOf(single) === 'closed' && performance.now() - startedMs < 3000) {
    await outcome(breakers.run(single, here, hang));
    await sleep(5);
  }
  t.equal(breakers.stateOf(single), 'open');
});

t.test('whatever the registry says in between, or a pause, keeps it closed', async (t) => {
  const breakers = create(t);
  for (let round = 0; round < 4; round += 1) {
    await outcomes(breakers, quiet, never, never, never);
    await outcomes(breakers, quiet, round % 2 === 0 ? ok : fail);
  }
  for (let round = 0; round < 4; round += 1) {
    await outcomes(breakers, quiet, never);
    await sleep(100);
  }
  t.equal(breakers.stateOf(quiet), 'closed');
});
