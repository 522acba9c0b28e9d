/** Names are resolved once for all, kept, bridged while the name server is in trouble, and none takes the thread of all others. */

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { failureOf as httpFailureOf } from '../../src/adapter-kit/http-failures.ts';
import { failureOf as sqlFailureOf } from '../../src/adapter-kit/sql-failures.ts';
import { createNames, type Names, type Question } from '../../src/names/names.ts';
import type { NameSettings } from '../../src/names/settings.ts';
import { createSlowResolver, type SlowResolver } from './slow-resolver.ts';

const usual: NameSettings = { keptMs: 1000, slowMs: 20, timeoutMs: 60, staleMsMax: 100_000, entriesMax: 100 };
const question = (hostname: string, form: Partial<Question> = {}): Question => ({
  hostname,
  family: 0,
  hints: 0,
  order: undefined,
  ...form,
});

interface Place extends Names {
  readonly resolver: SlowResolver;
  readonly told: [string, string | undefined][];
  /** Of the one address that is found. */
  find(hostname: string): Promise<string | undefined>;
  pass(ms: number): void;
}

function open(t: Test, settings: Partial<NameSettings> = {}): Place {
  const resolver = createSlowResolver();
  const told: [string, string | undefined][] = [];
  let passedMs = 0;
  const names = createNames({
    settings: { ...usual, ...settings },
    clock: { nowMs: () => performance.now() + passedMs },
    ask: resolver.ask,
    doubtfulMax: 1,
    told: (...what) => void told.push(what),
  });
  t.teardown(() => resolver.giveUp());
  return {
    ...names,
    resolver,
    told,
    find: async (hostname) => (await names.resolve(question(hostname)))[0]?.address,
    pass(ms) {
      passedMs += ms;
    },
  };
}

t.test('a name is asked once at a time, however many want it', async (t) => {
  const { resolver, resolve, find } = open(t);
  const asking = Array.from({ length: 100 }, () => find('a.test'));
  asking.push(find('A.test'));
  t.same(resolver.begun, ['a.test']);
  const other = resolve(question('a.test', { family: 6 }));
  t.same(resolver.begun, ['a.test', 'a.test'], 'another form of question is another one');
  resolver.say('a.test', '10.0.0.1');
  resolver.giveUp();
  t.same(new Set(await Promise.all(asking)), new Set(['10.0.0.1']));
  await other;
});

t.test('a found address is used without asking, then asked anew', async (t) => {
  const { resolver, find, pass } = open(t);
  resolver.say('a.test', '10.0.0.1');
  t.equal(await find('a.test'), '10.0.0.1');
  resolver.say('a.test', '10.0.0.2');
  t.equal(await find('a.test'), '10.0.0.1');
  t.equal(resolver.begun.length, 1);
  pass(usual.keptMs);
  t.equal(await find('a.test'), '10.0.0.2');
});

t.test('while the name server hangs, the last known address is used, and the name asked once', async (t) => {
  const { resolver, find, pass, told } = open(t);
  resolver.say('a.test', '10.0.0.1');
  await find('a.test');
  resolver.say('a.test', undefined);
  pass(usual.keptMs);
  t.equal(await find('a.test'), '10.0.0.1', 'after a moment');
  pass(usual.slowMs);
  const startedMs = performance.now();
  const found = new Set<string | undefined>();
  for (let time = 0; time < 100; time += 1) found.add(await find('a.test'));
  t.same(found, new Set(['10.0.0.1']));
  t.ok(performance.now() - startedMs < 100 * usual.slowMs, 'then at once');
  t.equal(resolver.begun.length, 2);
  await sleep(2 * usual.timeoutMs);
  t.same(told, [['a.test', 'EAI_AGAIN']]);
  resolver.say('a.test', '10.0.0.2');
  resolver.giveUp();
  await sleep(0);
  t.equal(await find('a.test'), '10.0.0.2', 'what was asked behind is there');
  t.same(told, [
    ['a.test', 'EAI_AGAIN'],
    ['a.test', undefined],
  ]);
});

t.test('a known address bridges no longer than it may', async (t) => {
  const { resolver, find, pass } = open(t);
  resolver.say('a.test', '10.0.0.1');
  await find('a.test');
  resolver.say('a.test', 'EAI_AGAIN');
  pass(usual.staleMsMax - 1000);
  t.equal(await find('a.test'), '10.0.0.1');
  pass(1000);
  await t.rejects(find('a.test'), { code: 'EAI_AGAIN' });
});

t.test('that there is no such name is an answer, and what was known of it is gone', async (t) => {
  const { resolver, find, pass, told } = open(t);
  resolver.say('a.test', '10.0.0.1');
  await find('a.test');
  pass(usual.keptMs);
  resolver.say('a.test', 'ENOTFOUND');
  await t.rejects(find('a.test'), { code: 'ENOTFOUND' });
  resolver.say('a.test', 'EAI_AGAIN');
  await t.rejects(find('a.test'), { code: 'EAI_AGAIN' });
  resolver.say('a.test', '10.0.0.1');
  t.equal(await find('a.test'), '10.0.0.1', 'and found again as soon as it is there');
  t.same(told, [
    ['a.test', 'EAI_AGAIN'],
    ['a.test', undefined],
  ]);
});

t.test('who knows no address hears in time that there is none, as of a registry that is not there', async (t) => {
  const { find } = open(t);
  const startedMs = performance.now();
  const error = await find('a.test').catch((error: Error) => error);
  t.ok(performance.now() - startedMs < 10 * usual.timeoutMs);
  t.match(error, { code: 'EAI_AGAIN', message: 'getaddrinfo EAI_AGAIN a.test: not answered within 60 ms' });
  t.match(sqlFailureOf('a.test', error), { kind: 'unavailable', message: /EAI_AGAIN/ });
  t.match(httpFailureOf('http://a.test', 'awaiting-headers', error), { kind: 'unavailable', isUnsent: true });
});

t.test('names that hang leave a thread to the others, however many they are', async (t) => {
  const { resolver, find } = open(t);
  const hung = ['a.test', 'b.test', 'c.test', 'd.test'];
  const fail = async () => {
    for (const outcome of await Promise.allSettled(hung.map(find))) t.equal(outcome.status, 'rejected');
  };
  await fail();
  while (resolver.begun.length < hung.length) {
    // The first of each, until the resolver gives it up.
    resolver.giveUp();
    await sleep(1);
  }
  resolver.giveUp();
  await sleep(1);
  resolver.say('well.test', '10.0.0.1');
  const failing = fail();
  for (let time = 0; time < 3; time += 1) {
    const startedMs = performance.now();
    t.equal(await find('well.test'), '10.0.0.1');
    t.ok(performance.now() - startedMs < usual.timeoutMs);
  }
  await failing;
  t.equal(resolver.begun.length, hung.length + 2, 'one of those that hang has a thread');
  for (const name of hung) resolver.say(name, '10.0.0.2');
  resolver.giveUp();
  await sleep(1);
  for (const name of hung) t.equal(await find(name), '10.0.0.2', 'all are found when the name server answers');
});

t.test('as many names are kept as may be', async (t) => {
  const { resolver, find } = open(t, { entriesMax: 2 });
  for (const [at, name] of ['a.test', 'b.test', 'c.test'].entries()) resolver.say(name, `10.0.0.${at + 1}`);
  for (const name of ['a.test', 'b.test', 'a.test', 'c.test', 'a.test']) await find(name);
  t.same(resolver.begun, ['a.test', 'b.test', 'c.test'], 'the one that was not asked for longest is forgotten');
  const hung = [find('d.test'), find('e.test')];
  await t.rejects(find('f.test'), { code: 'EAI_AGAIN', message: /2 names are being asked already/ });
  for (const outcome of await Promise.allSettled(hung)) t.equal(outcome.status, 'rejected');
});
