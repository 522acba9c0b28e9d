/** The link to Redis costs nobody more than its time, and comes back by itself, whatever happens to the server. */

import { Redis } from 'ioredis';
import t from 'tap';
import type { RedisCommands } from '../../src/redis/client.ts';
import type { RedisLink } from '../../src/redis/link.ts';
import type { RedisAway } from '../../src/redis/trouble.ts';
import { createAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { makeLink, openLink } from '../support/redis-fixture.ts';
import { startRedis, startSentinel } from '../support/servers.ts';

t.setTimeout(120_000);
const server = await startRedis(t);
/** What is thrown, in one word. */
const kindOf = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: RedisAway) => error.kind,
  );
const read = (commands: RedisCommands) => commands.read('test:{a}x');
const scripts = { put: { lua: "return redis.call('SET', KEYS[1], ARGV[1])", keys: 1 } };
const put = (link: RedisLink, key: string, value: string) =>
  link.run((commands) => commands.script('put', [key], [value]));

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

t.test('what a script writes is read, removed and found; what is published is heard', async (t) => {
  const heard: string[] = [];
  const link = makeLink(t, server.url, { scripts });
  link.listen('test:news', (message) => heard.push(message));
  link.start();
  await eventually(() => link.isUp());
  await put(link, 'test:{a}x', 'one');
  t.same(await link.run((commands) => commands.read('test:{a}x', 'test:{a}y')), [Buffer.from('one'), null]);
  const found: string[] = [];
  await link.run(async (commands) => {
    for await (const keys of commands.scan('test:{*}x')) found.push(...keys);
  });
  t.same(found, ['test:{a}x']);
  await link.run((commands) => commands.remove('test:{a}x'));
  t.same(await link.run(read), [null]);
  await link.run((commands) => commands.publish('test:news', 'hello'));
  await eventually(() => heard.length > 0);
  t.same(heard, ['hello']);
});

t.test('before it is up, and where nobody listens, everything is refused at once', async (t) => {
  const told: string[] = [];
  const link = makeLink(t, 'redis://127.0.0.1:1', { observer: { down: (trouble) => told.push(trouble) } });
  t.equal(await kindOf(link.run(read)), 'connecting');
  link.start();
  await eventually(() => link.trouble() === 'unreachable');
  t.equal(await kindOf(link.run(read)), 'unreachable');
  t.same(told, ['unreachable'], 'told once');
});

t.test('one that hangs costs its time-out once, and is used again when it answers', async (t) => {
  const told: string[] = [];
  const observer = { up: () => told.push('up'), down: (trouble: string) => told.push(trouble) };
  const link = await openLink(t, server.url, { observer });
  server.pause();
  const together = await timeOf(() => Promise.allSettled(Array.from({ length: 50 }, () => link.run(read))));
  t.ok(together >= 140 && together < 400, `${together} ms`);
  const after = await timeOf(() => t.rejects(link.run(read)));
  t.ok(after < 20, `${after} ms`);
  server.resume();
  await eventually(() => link.isUp());
  t.resolves(link.run(read));
  t.same(told, ['up', 'timeout', 'up']);
});

t.test('one that is killed and started again is found again', async (t) => {
  const link = await openLink(t, server.url, { scripts });
  await put(link, 'test:{a}x', 'one');
  await server.kill();
  await eventually(() => !link.isUp());
  t.equal(await kindOf(link.run(read)), 'unreachable');
  await server.start();
  await eventually(() => link.isUp());
  t.same(await link.run(read), [null]);
  await put(link, 'test:{a}x', 'two');
  t.same(await link.run(read), [Buffer.from('two')], 'scripts are known to the new server, too');
  await link.run((commands) => commands.remove('test:{a}x'));
});

t.test('what has to be done before it is up is done each time', async (t) => {
  let done = 0;
  const link = makeLink(t, server.url);
  link.beforeUp(async (commands) => {
    t.notOk(link.isUp());
    await commands.read('test:{a}x');
    done += 1;
  });
  link.start();
  await eventually(() => link.isUp());
  await server.kill();
  await server.start();
  await eventually(() => done === 2 && link.isUp());
});

t.test('a wrong password, or none, is told as such and not tried without end', async (t) => {
  const guarded = await startRedis(t, ['--requirepass', 'right']);
  for (const secrets of [{ password: 'wrong' }, {}]) {
    let attempts = 0;
    const link = makeLink(t, guarded.url, { secrets, observer: { down: () => (attempts += 1) } });
    link.start();
    await eventually(() => link.trouble() !== 'connecting');
    t.equal(link.trouble(), 'refused');
    await link.close();
  }
  const right = await openLink(t, guarded.url, { secrets: { password: 'right' } });
  t.ok(right.isUp());
});

t.test('a replica, which takes no invalidations, is not used', async (t) => {
  const { port } = new URL(server.url);
  const replica = await startRedis(t, ['--replicaof', '127.0.0.1', port]);
  const link = makeLink(t, replica.url);
  link.start();
  await eventually(() => link.trouble() === 'read-only');
  t.notOk(link.isUp());
});

t.test('a full one still reads and removes; what it cannot take is told', async (t) => {
  const full = await startRedis(t);
  const failed: string[] = [];
  const link = await openLink(t, full.url, { scripts, observer: { failed: (trouble) => failed.push(trouble) } });
  await put(link, 'test:{a}x', 'kept');
  const admin = new Redis(full.url);
  t.teardown(() => admin.disconnect());
  await admin.config('SET', 'maxmemory', '1');
  t.equal(await kindOf(put(link, 'test:{a}y', 'more')), 'full');
  t.ok(link.isUp());
  t.same(await link.run(read), [Buffer.from('kept')]);
  await link.run((commands) => commands.remove('test:{a}x'));
  t.same(await link.run(read), [null]);
  t.same(failed, ['full']);
});

t.test('one that takes no more says so, also unasked, and when it does again', async (t) => {
  const full = await startRedis(t);
  const admin = new Redis(full.url);
  t.teardown(() => admin.disconnect());
  const told: (string | undefined)[] = [];
  const observer = { up: () => told.push('up'), hindered: (trouble: string | undefined) => told.push(trouble) };
  const link = await openLink(t, full.url, { scripts, observer });
  await admin.config('SET', 'maxmemory', '1');
  await eventually(() => link.trouble() === 'full');
  t.ok(link.isUp());
  t.equal(await kindOf(put(link, 'test:{a}y', 'more')), 'full');
  const another = await openLink(t, full.url);
  t.equal(another.trouble(), 'full', 'also to whoever begins then');
  await admin.config('SET', 'maxmemory', '0');
  await eventually(() => link.trouble() === undefined);
  t.same(told, ['up', 'full', undefined], 'each once');
});

t.test('one that refuses writes without being full is not used until it takes them', async (t) => {
  const lonely = await startRedis(t);
  const admin = new Redis(lonely.url);
  t.teardown(() => admin.disconnect());
  const link = await openLink(t, lonely.url);
  await admin.config('SET', 'min-replicas-to-write', '1');
  await eventually(() => link.trouble() === 'failed');
  t.notOk(link.isUp());
  await admin.config('SET', 'min-replicas-to-write', '0');
  await eventually(() => link.isUp());
});

t.test('a key that holds something else fails the one command', async (t) => {
  const admin = new Redis(server.url);
  t.teardown(() => admin.disconnect());
  await admin.rpush('test:{a}list', 'one');
  const link = await openLink(t, server.url, {
    scripts: { get: { lua: "return redis.call('GET', KEYS[1])", keys: 1 } },
  });
  t.equal(await kindOf(link.run((commands) => commands.script('get', ['test:{a}list'], []))), 'failed');
  t.ok(link.isUp());
  t.same(await link.run((commands) => commands.read('test:{a}list')), [null]);
  await admin.flushall();
});

t.test('a cluster is used like one server', async (t) => {
  const node = await startRedis(t, ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']);
  const admin = new Redis(node.url);
  t.teardown(() => admin.disconnect());
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await eventually(async () => String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  const heard: string[] = [];
  const link = makeLink(t, '', { settings: { cluster: [node.url] }, scripts });
  link.listen('test:news', (message) => heard.push(message));
  link.start();
  await eventually(() => link.isUp());
  for (const tag of ['a', 'b', 'c']) await put(link, `test:{${tag}}x`, tag);
  t.same(await link.run((commands) => commands.read('test:{b}x', 'test:{b}y')), [Buffer.from('b'), null]);
  const found: string[] = [];
  await link.run(async (commands) => {
    for await (const keys of commands.scan('test:{*}x')) found.push(...keys);
  });
  t.same(found.sort(), ['test:{a}x', 'test:{b}x', 'test:{c}x']);
  await link.run((commands) => commands.publish('test:news', 'hello'));
  await eventually(() => heard.length > 0);
  await node.kill();
  await eventually(() => !link.isUp());
  const waited = await timeOf(() => t.rejects(link.run(read)));
  t.ok(waited < 20, `${waited} ms`);
});

t.test('after a failover the new master is used', async (t) => {
  const master = await startRedis(t);
  const replica = await startRedis(t, ['--replicaof', '127.0.0.1', new URL(master.url).port]);
  const sentinel = await startSentinel(t, master.url);
  const link = await openLink(t, '', {
    settings: { sentinels: { urls: [sentinel.url], master: 'lienthong' } },
    scripts,
  });
  await put(link, 'test:{a}x', 'before');
  const replicated = new Redis(replica.url);
  t.teardown(() => replicated.disconnect());
  await eventually(async () => (await replicated.get('test:{a}x')) === 'before');
  const watcher = new Redis(sentinel.url);
  t.teardown(() => watcher.disconnect());
  await eventually(async () => ((await watcher.call('SENTINEL', 'replicas', 'lienthong')) as unknown[]).length === 1);
  await master.kill();
  await eventually(() => !link.isUp());
  for (let tries = 0; tries < 3 && !link.isUp(); tries += 1) {
    await eventually(() => link.isUp()).catch(() => undefined);
  }
  // A server that becomes master closes its connections, also those that found it early.
  const found = await eventually(() => link.run(read).catch(() => undefined));
  t.same(found, [Buffer.from('before')]);
  await eventually(() => put(link, 'test:{a}x', 'after').catch(() => undefined));
});

t.test('by TLS the certificate of the server is checked', async (t) => {
  const [authority, other] = [await createAuthority(t), await createAuthority(t, 'Another authority')];
  const secure = await startRedis(t, [], { tls: await authority.issue('localhost') });
  const { ca } = await authority.issue('client');
  const link = await openLink(t, secure.url, { secrets: { tls: { ca } } });
  t.same(await link.run(read), [null]);
  const mistaken = makeLink(t, secure.url, { secrets: { tls: { ca: (await other.issue('client')).ca } } });
  mistaken.start();
  await eventually(() => mistaken.trouble() === 'unreachable');
});
