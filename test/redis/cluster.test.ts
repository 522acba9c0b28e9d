/** A Redis Cluster is used under load like one server, and whatever comes in a master's place is not taken for it. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { RedisLink } from '../../src/redis/link.ts';
import type { RedisAway } from '../../src/redis/trouble.ts';
import { eventually } from '../support/eventually.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { openLink } from '../support/redis-fixture.ts';
import type { Teardown } from '../support/servers.ts';

t.setTimeout(120_000);
const cluster = await startRedisCluster(t);
const scripts = { put: { lua: "return redis.call('SET', KEYS[1], ARGV[1])", keys: 1 } };
const tags = Array.from({ length: 200 }, (_one, n) => `${n}`);
const put = (link: RedisLink, key: string, value: string) =>
  link.run((commands) => commands.script('put', [key], [value]));
const read = async (link: RedisLink, tag: string) => {
  const [value] = await link.run((commands) => commands.read(`test:{${tag}}x`, `test:{${tag}}y`));
  return String(value);
};
const readAll = (link: RedisLink) => Promise.all(tags.map((tag) => read(link, tag)));

async function openTold(t: Teardown) {
  const told: string[] = [];
  const failed: string[] = [];
  const observer = {
    up: () => told.push('up'),
    down: (trouble: string) => told.push(trouble),
    failed: (trouble: string) => failed.push(trouble),
  };
  const link = await openLink(t, '', {
    settings: { cluster: cluster.urls, timeoutMs: 1000, heartbeatMs: 200 },
    scripts,
    observer,
  });
  return { link, told, failed };
}

t.test('questions about many slots at once are answered, each by its master, and it stays up', async (t) => {
  const { link, told, failed } = await openTold(t);
  await Promise.all(tags.map((tag) => put(link, `test:{${tag}}x`, tag)));
  for (let round = 0; round < 20; round += 1) t.same(await readAll(link), tags);
  await Promise.all(tags.map((tag) => link.run((commands) => commands.remove(`test:{${tag}}y`))));
  for (const { master } of cluster.shards) t.ok(Number(await master.admin.dbsize()) > 40, 'all have some');
  t.same([told, failed], [['up'], []]);
});

t.test(
  'a node that does not answer for a while ends that, under load as well, and is used again afterwards',
  async (t) => {
    const { link, told } = await openTold(t);
    const stopped = cluster.shards[1]?.master.server;
    let isOver = false;
    const load = (async () => {
      for (; !isOver; await sleep(10)) await readAll(link).catch(() => undefined);
    })();
    stopped?.pause();
    await eventually(() => !link.isUp());
    await sleep(800);
    t.notOk(link.isUp());
    stopped?.resume();
    await eventually(() => link.isUp());
    await sleep(800);
    t.equal(told.at(-1), 'up');
    t.equal(told.filter((news) => news === 'up').length, 2, 'and stays so');
    isOver = true;
    await load;
    t.same(await readAll(link), tags);
  },
);

t.test('each master is asked by each beat: one that nobody uses is missed as well', async (t) => {
  for (const { master } of cluster.shards) {
    const { link } = await openTold(t);
    master.server.pause();
    await eventually(() => !link.isUp());
    await link.close();
    master.server.resume();
  }
  const { link } = await openTold(t);
  t.ok(link.isUp());
});

t.test('a slot that goes to another master is followed, and nothing is lost meanwhile', async (t) => {
  const { link, told, failed } = await openTold(t);
  const [from, to] = cluster.shards.map(({ master }) => master.admin);
  if (from === undefined || to === undefined) throw new Error('two masters at least');
  const ids = [String(await from.call('CLUSTER', 'MYID')), String(await to.call('CLUSTER', 'MYID'))] as const;
  const found = await Promise.all(
    tags.map(async (tag) => ((await cluster.shardOf(`{${tag}}`)).master.admin === from ? tag : '')),
  );
  const tag = found.find((each) => each !== '') ?? '';
  const slot = String(await from.call('CLUSTER', 'KEYSLOT', tag));
  await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[0]);
  await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[1]);
  await put(link, `test:{${tag}}new`, 'begun');
  const keys = (await from.call('CLUSTER', 'GETKEYSINSLOT', slot, '100')) as string[];
  const { port } = to.options;
  for (const key of keys) await from.call('MIGRATE', '127.0.0.1', `${port}`, key, '0', '1000');
  const readOne = async (key: string) => String(await link.run((commands) => commands.read(key)));
  t.equal(await readOne(`test:{${tag}}x`), tag, 'on its way');
  const refused = read(link, tag).catch((error: RedisAway) => error.kind);
  t.equal(await refused, 'failed', 'two, of which one is nowhere, are refused for so long');
  for (const node of [to, from]) await node.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids[1]);
  t.equal(await read(link, tag), tag, 'where it is now');
  t.equal(await readOne(`test:{${tag}}new`), 'begun');
  t.same(await readAll(link), tags);
  t.same([told, failed], [['up'], ['failed']], 'which is nobody else’s trouble');
});
