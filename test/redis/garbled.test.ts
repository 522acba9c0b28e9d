/** A Redis that answers something else than it was asked is not believed, costs nobody more than a lost connection, and is found again. */

import { Redis } from 'ioredis';
import t from 'tap';
import type { RedisCommands } from '../../src/redis/client.ts';
import type { RedisAway } from '../../src/redis/trouble.ts';
import { eventually } from '../support/eventually.ts';
import { startGarblingFront, wrongShapes } from '../support/garbling-front.ts';
import { makeLink } from '../support/redis-fixture.ts';
import { startRedis, type Teardown } from '../support/servers.ts';

t.setTimeout(60_000);
const server = await startRedis(t);
const admin = new Redis(server.url);
t.teardown(() => admin.disconnect());
await admin.mset('test:{a}x', 'mine', 'test:{b}x', 'yours');

const scripts = { get: { lua: "return { redis.call('GET', KEYS[1]) }", keys: 1 } };
const read = (commands: RedisCommands) => commands.read('test:{a}x');
const kindOf = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: RedisAway) => error.kind,
  );

async function openGarbled(t: Teardown) {
  const front = await startGarblingFront(t, server.url);
  const told: string[] = [];
  const failed: string[] = [];
  const link = makeLink(t, front.url, {
    scripts,
    // No beat comes between.
    settings: { heartbeatMs: 5000 },
    observer: {
      up: () => told.push('up'),
      down: (trouble) => told.push(trouble),
      failed: (trouble) => failed.push(trouble),
    },
  });
  const heard: string[] = [];
  link.listen('test:news', (message) => heard.push(message));
  link.start();
  await eventually(() => link.isUp());
  return { front, link, told, failed, heard };
}

const values = /\*1\r\n\$4\r\nmine\r\n/;

t.test('another thing instead of values is a failure, and the connection is made anew', async (t) => {
  for (const wrong of [...wrongShapes, '*1\r\n:7\r\n', '*2\r\n$4\r\nmine\r\n$4\r\nmine\r\n', '*1\r\n-ERR x\r\n']) {
    const { front, link, told, failed } = await openGarbled(t);
    front.garble(values, wrong, 1);
    t.equal(await kindOf(link.run(read)), 'garbled', JSON.stringify(wrong));
    t.notOk(link.isUp());
    await eventually(() => link.isUp());
    t.same(await link.run(read), [Buffer.from('mine')]);
    t.same(told, ['up', 'garbled', 'up']);
    t.same(failed, ['garbled']);
    await link.close();
  }
});

t.test('one answer too many is never taken for the next one', async (t) => {
  for (const surplus of [
    ':1\r\n',
    '+OK\r\n',
    '$4\r\nmine\r\n',
    '*1\r\n$5\r\nyours\r\n',
    '*1\r\n$-1\r\n',
    '$-1\r\n',
    '_\r\n',
  ]) {
    const { front, link } = await openGarbled(t);
    // Before the answer to what is asked, behind it, and behind all.
    for (const [place, garbled] of [
      [/^\*1/, `${surplus}*1`],
      [values, `*1\r\n$4\r\nmine\r\n${surplus}`],
    ] as const) {
      front.garble(place, garbled, 1);
      t.equal(await kindOf(link.run(read)), 'garbled', JSON.stringify(surplus));
      await eventually(() => link.isUp());
    }
    front.garble(/\r\n$/, `\r\n${surplus}`, 1);
    await link.run(read).catch(() => undefined);
    await eventually(() => link.isUp());
    front.garble(/never/, '');
    t.same(await link.run(read), [Buffer.from('mine')]);
    await link.close();
  }
});

t.test('nor among many at once', async (t) => {
  const { front, link } = await openGarbled(t);
  const ask = (tag: string) => link.run((commands) => commands.script('get', [`test:{${tag}}x`], []));
  front.garble(/^\*1/, '*1\r\n$5\r\nyours\r\n*1', 1);
  const asked = await Promise.allSettled([
    ask('a'),
    ask('b'),
    link.run(read),
    link.run((commands) => commands.read('test:{b}x')),
  ]);
  t.same(
    asked.slice(2).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await eventually(() => link.isUp());
  t.same(await link.run(read), [Buffer.from('mine')]);
});

t.test('where nothing is asked nothing may come: the process goes on, and so does hearing', async (t) => {
  for (const surplus of [
    '$-1\r\n',
    '_\r\n',
    ':1\r\n',
    '*-1\r\n',
    '>0\r\n',
    '>1\r\n$7\r\nmessage\r\n',
    '>3\r\n$7\r\nmessage\r\n$-1\r\n:1\r\n',
  ]) {
    const { front, link, told, heard } = await openGarbled(t);
    front.garble(/hello/, `hello\r\n${surplus}`, 1);
    await link.run((commands) => commands.publish('test:news', 'hello'));
    await eventually(() => told.includes('garbled'));
    await eventually(() => link.isUp());
    await link.run((commands) => commands.publish('test:news', 'again'));
    await eventually(() => heard.includes('again'));
    t.same(told, ['up', 'garbled', 'up'], JSON.stringify(surplus));
    await link.close();
  }
});

t.test('what is no RESP at all is told as such', async (t) => {
  const front = await startGarblingFront(t, server.url);
  const link = makeLink(t, front.url);
  front.garble(/^/, 'HTTP/1.1 400 Bad Request\r\n\r\n');
  link.start();
  await eventually(() => link.trouble() === 'garbled');
  front.garble(/never/, '');
  await eventually(() => link.isUp());
  t.same(await link.run(read), [Buffer.from('mine')]);
});
