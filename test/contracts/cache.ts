/** What every answer cache must do, wherever it keeps its answers. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import type { AnswerCache, Asker } from '../../src/exchange/ports.ts';
import type { MessageValue, QueryService } from '../../src/exchange/services.ts';
import type { RegistryAnswer } from '../../src/exchange/types.ts';
import { Problem } from '../../src/problems.ts';
import { eventually } from '../support/eventually.ts';
import { shippedService } from '../support/service-fixture.ts';

export interface CacheUnderTest {
  readonly cache: AnswerCache;
  /** Lets time pass for the cache. */
  passMs(ms: number): void | Promise<void>;
}

const service = shippedService('get-person', { cacheTtlMs: 200, staleIfErrorMs: 400 });
const question = { pin: '099190000001' };
const here = () => new AbortController().signal;
const unavailable = new Problem('registry-unavailable', 'down');

const answerOf = (name: string): RegistryAnswer => ({ found: true, person: { fullName: name } });

/** A load that counts how often it ran. */
export function countedLoad(load: (signal: AbortSignal) => Promise<RegistryAnswer> = async () => answerOf('Hòa')) {
  const counted = {
    runs: 0,
    load: (signal: AbortSignal) => {
      counted.runs += 1;
      return load(signal);
    },
  };
  return counted;
}

/** `make` gives a cache that no other test has used. */
export function cacheContract(t: Test, make: (t: Test) => Promise<CacheUnderTest>): void {
  t.test('an answer is loaded once and then kept as long as it is fresh', async (t) => {
    const { cache, passMs } = await make(t);
    const counted = countedLoad();
    const ask = () => cache.through(service, question, here, counted.load);
    t.match(await ask(), { answer: answerOf('Hòa'), source: 'registry', ageMs: 0, ttlMs: 200 });
    await passMs(50);
    const kept = await ask();
    t.match(kept, { answer: answerOf('Hòa'), source: 'cache', ttlMs: 200, registryMs: 0 });
    t.ok(kept.ageMs >= 50 && kept.ageMs < 200, `${kept.ageMs} ms old`);
    await passMs(160);
    t.match(await ask(), { source: 'registry', ageMs: 0 });
    t.equal(counted.runs, 2);
  });

  t.test('what must not be kept is asked for each time', async (t) => {
    const { cache } = await make(t);
    const counted = countedLoad();
    const uncached = { ...service, cacheTtlMs: 0, staleIfErrorMs: 0 };
    for (let asked = 0; asked < 2; asked += 1) {
      t.match(await cache.through(uncached, question, here, counted.load), { source: 'registry', ttlMs: 0 });
    }
    t.equal(counted.runs, 2);
  });

  t.test('the order of members makes no other question; values, service and version do', async (t) => {
    const { cache } = await make(t);
    const counted = countedLoad();
    const ask = (one: QueryService, message: MessageValue) => cache.through(one, message, here, counted.load);
    await ask(service, { pin: '1', at: { a: 1, b: [{ c: 1, d: 2 }] } });
    t.match(await ask(service, { at: { b: [{ d: 2, c: 1 }], a: 1 }, pin: '1' }), { source: 'cache' });
    const others: [QueryService, MessageValue][] = [
      [service, { pin: '2', at: { a: 1, b: [{ c: 1, d: 2 }] } }],
      [service, { pin: '1', at: { a: 1, b: [{ c: 1 }, { d: 2 }] } }],
      [service, { pin: '1', at: { a: '1', b: [{ c: 1, d: 2 }] } }],
      [service, { pin: '1' }],
      [service, { pin: '1', at: null }],
      [{ ...service, key: `${service.id}/v2`, version: 'v2' }, { pin: '1' }],
      [shippedService('get-household'), { pin: '1' }],
    ];
    for (const [one, message] of others)
      t.match(await ask(one, message), { source: 'registry' }, JSON.stringify(message));
    t.equal(counted.runs, 1 + others.length);
  });

  t.test('all who ask at the same time wait for one load', async (t) => {
    const { cache } = await make(t);
    const counted = countedLoad(async () => {
      await sleep(20);
      return answerOf('Hòa');
    });
    const asked = Array.from({ length: 10 }, () => cache.through(service, question, here, counted.load));
    for (const one of await Promise.all(asked)) t.match(one, { answer: answerOf('Hòa'), source: 'registry' });
    t.equal(counted.runs, 1);
  });

  t.test('nobody waits for a load of those who come after, and they wait for a load of those before', async (t) => {
    const { cache } = await make(t);
    const ask = (priority: Asker['priority'], load: ReturnType<typeof countedLoad>['load']) =>
      cache.through(service, question, here, load, undefined, { consumer: 'VN/GOV/G07/social-protection', priority });
    const inLine = Promise.withResolvers<RegistryAnswer>();
    const waiting = countedLoad(() => inLine.promise);
    const first = ask('bulk', waiting.load);
    await eventually(() => waiting.runs === 1);
    const second = ask('batch', waiting.load);
    await eventually(() => waiting.runs === 2);
    const own = Promise.withResolvers<RegistryAnswer>();
    const single = countedLoad(() => own.promise);
    const third = ask('interactive', single.load);
    await eventually(() => single.runs === 1);
    const joined = ask('bulk', single.load);
    own.resolve(answerOf('Hòa'));
    for (const answered of [third, joined]) t.match(await answered, { answer: answerOf('Hòa') });
    t.equal(single.runs, 1);
    inLine.resolve(answerOf('Hòa'));
    for (const answered of [first, second]) t.match(await answered, { answer: answerOf('Hòa') });
    t.equal(waiting.runs, 2);
  });

  t.test('a load that fails is thrown to all who waited, and is not kept', async (t) => {
    const { cache } = await make(t);
    const failing = countedLoad(async () => {
      await sleep(20);
      throw unavailable;
    });
    const asked = [1, 2, 3].map(() => cache.through(service, question, here, failing.load));
    for (const one of await Promise.allSettled(asked)) t.match(one, { status: 'rejected', reason: unavailable });
    t.equal(failing.runs, 1);
    t.match(await cache.through(service, question, here, countedLoad().load), { source: 'registry' });
  });

  t.test('whoever has gone before asking starts nothing', async (t) => {
    const { cache } = await make(t);
    const counted = countedLoad();
    const gone = AbortSignal.abort();
    await t.rejects(async () => cache.through(service, question, () => gone, counted.load), {
      code: 'client-disconnected',
    });
    t.equal(counted.runs, 0);
  });

  t.test('the first who asked may leave: the others get the answer', async (t) => {
    const { cache } = await make(t);
    const loading = Promise.withResolvers<RegistryAnswer>();
    const signals: AbortSignal[] = [];
    const counted = countedLoad((signal) => {
      signals.push(signal);
      return loading.promise;
    });
    const first = new AbortController();
    const leaving = cache.through(service, question, () => first.signal, counted.load);
    const staying = cache.through(service, question, here, counted.load);
    await eventually(() => counted.runs > 0);
    first.abort();
    await t.rejects(async () => leaving, { code: 'client-disconnected' });
    t.equal(signals[0]?.aborted, false);
    loading.resolve(answerOf('Hòa'));
    t.match(await staying, { answer: answerOf('Hòa') });
    t.equal(counted.runs, 1);
  });

  t.test('when all have left the load is told to stop, and the next to ask starts a new one', async (t) => {
    const { cache } = await make(t);
    const signals: AbortSignal[] = [];
    const never = countedLoad((signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const callers = [new AbortController(), new AbortController()];
    const asked = callers.map(({ signal }) => cache.through(service, question, () => signal, never.load));
    await eventually(() => never.runs > 0);
    for (const [index, caller] of callers.entries()) {
      t.equal(signals[0]?.aborted, false);
      caller.abort();
      await t.rejects(asked[index] as Promise<unknown>, { code: 'client-disconnected' });
    }
    t.equal(signals[0]?.aborted, true);
    t.match(await cache.through(service, question, here, countedLoad().load), { source: 'registry' });
  });

  t.test('while the registry is in trouble a stale answer stands in, for its time', async (t) => {
    const { cache, passMs } = await make(t);
    await cache.through(service, question, here, countedLoad().load);
    await passMs(250);
    const failing = countedLoad(() => Promise.reject(unavailable));
    const stale = await cache.through(service, question, here, failing.load);
    t.match(stale, { answer: answerOf('Hòa'), source: 'stale', ttlMs: 200, registryMs: 0 });
    t.ok(stale.ageMs >= 250 && stale.ageMs < 600, `${stale.ageMs} ms old, not renewed by being used`);
    t.equal(failing.runs, 1, 'the registry was asked first');
    await passMs(400);
    await t.rejects(async () => cache.through(service, question, here, failing.load), unavailable);
  });

  for (const code of [
    'registry-timeout',
    'registry-failed',
    'registry-answer-invalid',
    'circuit-open',
    'registry-busy',
  ] as const) {
    t.test(`${code} is trouble of the registry`, async (t) => {
      const { cache, passMs } = await make(t);
      await cache.through(service, question, here, countedLoad().load);
      await passMs(250);
      const failing = countedLoad(() => Promise.reject(new Problem(code, 'in trouble')));
      t.match(await cache.through(service, question, here, failing.load), { source: 'stale' });
    });
  }

  for (const error of [new TypeError('a bug'), new Problem('internal-error', 'a bug')]) {
    t.test(`${error.name} "${error.message}" is not bridged: it would hide a fault of the gateway`, async (t) => {
      const { cache, passMs } = await make(t);
      await cache.through(service, question, here, countedLoad().load);
      await passMs(250);
      await t.rejects(async () => cache.through(service, question, here, () => Promise.reject(error)), error);
    });
  }

  t.test('a new answer takes the place of a stale one', async (t) => {
    const { cache, passMs } = await make(t);
    await cache.through(service, question, here, countedLoad().load);
    await passMs(250);
    await cache.through(service, question, here, countedLoad(async () => answerOf('Sáu')).load);
    const counted = countedLoad();
    t.match(await cache.through(service, question, here, counted.load), { answer: answerOf('Sáu'), source: 'cache' });
    t.equal(counted.runs, 0);
  });

  t.test('what is forgotten about a person is asked for anew, stale or not; other people keep theirs', async (t) => {
    const { cache, passMs } = await make(t);
    const counted = countedLoad();
    const ask = (pin: string, load = counted.load) => cache.through(service, { pin }, here, load);
    const [one, other] = ['099190000001', '099088000002'];
    await ask(one);
    await ask(other);
    cache.forget([one]);
    t.match(await ask(one), { source: 'registry' });
    t.match(await ask(other), { source: 'cache' });
    await passMs(210);
    cache.forget([one]);
    await t.rejects(async () => ask(one, () => Promise.reject(unavailable)), unavailable);
    t.equal(counted.runs, 3);
  });

  t.test('an answer on its way when its person is forgotten is not kept, and nobody new joins it', async (t) => {
    const { cache } = await make(t);
    const arrives = Promise.withResolvers<void>();
    const slow = countedLoad(async () => {
      await arrives.promise;
      return answerOf('before');
    });
    const early = cache.through(service, question, here, slow.load);
    await sleep(5);
    cache.forget([question.pin]);
    const late = await cache.through(service, question, here, async () => answerOf('after'));
    t.match(late, { answer: answerOf('after'), source: 'registry' });
    arrives.resolve();
    t.match(await early, { answer: answerOf('before') });
    const next = await cache.through(service, question, here, slow.load);
    t.match(next, { answer: answerOf('after'), source: 'cache' });
  });
}
