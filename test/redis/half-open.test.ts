/** A connection that dies without a word is noticed within its time, whichever it is and whatever it was doing, and made anew. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { startLoopbackProxy } from '../support/loopback-proxy.ts';
import { makeLink } from '../support/redis-fixture.ts';
import { startRedis } from '../support/servers.ts';

t.setTimeout(60_000);
const server = await startRedis(t);
const admin = new Redis(server.url);
t.teardown(() => admin.disconnect());

t.test('a subscription that hears nothing any more is made anew, and whoever kept something is told', async (t) => {
  const proxy = await startLoopbackProxy(t, server.url);
  const told: string[] = [];
  const failed: string[] = [];
  const heard: string[] = [];
  const link = makeLink(t, proxy.url, {
    settings: { heartbeatMs: 200 },
    observer: {
      up: () => told.push('up'),
      down: (trouble) => told.push(trouble),
      failed: (trouble) => failed.push(trouble),
    },
  });
  link.listen('test:news', (message) => heard.push(message));
  link.onUp(() => told.push('distrusted'));
  link.start();
  await eventually(() => link.isUp());
  await sleep(1000);
  t.same(told, ['distrusted', 'up'], 'no beat is missed while all is well');
  const startedMs = performance.now();
  proxy.deafen('subscribe');
  await admin.publish('test:news', 'lost');
  await eventually(() => told.includes('deaf'));
  t.ok(performance.now() - startedMs < 700, `${performance.now() - startedMs} ms`);
  await eventually(() => link.isUp());
  t.same(told, ['distrusted', 'up', 'deaf', 'distrusted', 'up']);
  t.same(failed, ['deaf']);
  await admin.publish('test:news', 'heard');
  await eventually(() => heard.length > 0);
  t.same(heard, ['heard']);
});

t.test('so is a connection for commands that nobody uses', async (t) => {
  const proxy = await startLoopbackProxy(t, server.url);
  const told: string[] = [];
  const link = makeLink(t, proxy.url, { observer: { down: (trouble) => told.push(trouble) } });
  link.start();
  await eventually(() => link.isUp());
  proxy.deafen('publish');
  await eventually(() => told.includes('timeout'));
  await eventually(() => link.isUp());
});

t.test('while no message comes back it is not used, and says so', async (t) => {
  const proxy = await startLoopbackProxy(t, server.url);
  const link = makeLink(t, proxy.url);
  link.start();
  await eventually(() => link.isUp());
  const deafening = setInterval(() => proxy.deafen('subscribe'), 1);
  t.teardown(() => clearInterval(deafening));
  await eventually(() => link.trouble() === 'deaf' || link.trouble() === 'timeout');
  t.notOk(link.isUp());
  clearInterval(deafening);
  await eventually(() => link.isUp());
});

t.test('one that dies while keys are looked through is given up, and they are again', async (t) => {
  const proxy = await startLoopbackProxy(t, server.url);
  await admin.set('test:{a}g', 'x');
  const link = makeLink(t, proxy.url, { settings: { connectTimeoutMs: 200 } });
  const found: string[] = [];
  link.beforeUp(async (commands) => {
    for await (const keys of commands.scan('test:{*}g')) found.push(...keys);
  });
  const held = proxy.holdBack('scan');
  link.start();
  await held;
  await eventually(() => link.isUp());
  t.same(found, ['test:{a}g']);
});

t.test('what has no end before it is up has one all the same', async (t) => {
  const told: string[] = [];
  const observer = { up: () => told.push('up'), down: (trouble: string) => told.push(trouble) };
  const link = makeLink(t, server.url, { settings: { readyTimeoutMs: 200 }, observer });
  let tries = 0;
  link.beforeUp(async () => {
    tries += 1;
    if (tries === 1) await new Promise(() => undefined);
  });
  link.start();
  await eventually(() => link.isUp());
  t.same(told, ['timeout', 'up']);
  t.equal(tries, 2);
});
