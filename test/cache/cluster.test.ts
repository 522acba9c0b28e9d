/** Gateways that share a Redis Cluster answer from it under load, and its failovers bring nothing back that was forgotten. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createCacheKey } from '../../src/cache/cache-key.ts';
import { countedLoad } from '../contracts/cache.ts';
import { eventually } from '../support/eventually.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import type { Teardown } from '../support/servers.ts';
import { shippedService } from '../support/service-fixture.ts';
import { newPrefix, type OpenCache, openCache } from '../support/shared-cache-fixture.ts';

t.setTimeout(120_000);
const cluster = await startRedisCluster(t, { replicas: true });
const secret = Buffer.alloc(32, 7);
const { subjectName } = createCacheKey(secret);
const service = shippedService('get-person', { cacheTtlMs: 60_000 });
const { signal } = new AbortController();
const people = Array.from({ length: 200 }, (_one, n) => ({ pin: `099190000${n + 100}` }));
type Person = (typeof people)[0];
const after = () => countedLoad(async () => ({ found: true, person: { fullName: 'after' } }));
const isNew = { answer: { person: { fullName: 'after' } } };

const ask = async ({ cache }: OpenCache, question: Person, load = countedLoad()) =>
  cache.through(service, question, () => signal, load.load);
const isUp = ({ link }: OpenCache) => link.isUp();

async function openPair(t: Teardown): Promise<readonly [OpenCache, OpenCache]> {
  const prefix = newPrefix();
  const redis = { cluster: cluster.urls, timeoutMs: 1000, connectTimeoutMs: 1000 };
  const open = () => openCache(t, prefix, { secret, redis });
  return [await open(), await open()];
}

/** Everybody whom that shard knows. */
async function peopleOf(shard: (typeof cluster.shards)[0] | undefined): Promise<readonly [Person, ...Person[]]> {
  const homes = await Promise.all(people.map(({ pin }) => cluster.shardOf(subjectName(pin))));
  const [first, ...others] = people.filter((_one, n) => homes[n] === shard);
  if (first === undefined) throw new Error('some of them are in each shard');
  return [first, ...others];
}

t.test('under load what one loads the other has from Redis, wherever it lies', async (t) => {
  const [one, other] = await openPair(t);
  const counted = countedLoad();
  await Promise.all(people.map((person) => ask(one, person, counted)));
  for (const answer of await Promise.all(people.map((person) => ask(other, person, counted)))) {
    t.match(answer, { source: 'cache', level: 'redis' });
  }
  t.equal(counted.runs, people.length);
  for (const { events } of [one, other]) t.notOk(events.includes('not-shared'));
});

t.test('a replica that had not heard of a forgetting is told when it is master', async (t) => {
  const [one, other] = await openPair(t);
  const shard = cluster.shards[1];
  const [person] = await peopleOf(shard);
  for (const gateway of [one, other]) await ask(gateway, person);
  await goDeaf(shard);
  await one.cache.forget([person.pin]);
  await shard?.master.server.kill();
  shard?.replica?.server.resume();
  await isMaster(shard);
  await eventually(() => isUp(one) && isUp(other));
  t.match(await ask(one, person, after()), { source: 'registry' });
  t.match(await ask(other, person, after()), { source: 'cache', level: 'redis', ...isNew });
});

t.test('also where the former master lives on', async (t) => {
  const [one, other] = await openPair(t);
  const shard = cluster.shards[2];
  const [person] = await peopleOf(shard);
  for (const gateway of [one, other]) await ask(gateway, person);
  await goDeaf(shard);
  await one.cache.forget([person.pin]);
  const taken = shard?.replica?.admin.call('CLUSTER', 'FAILOVER', 'TAKEOVER');
  shard?.replica?.server.resume();
  await taken;
  await isMaster(shard);
  await eventually(async () => String(await shard?.master.admin.info('replication')).includes('role:slave'));
  // By whoever asks first, or by the next beat: the former one says that it is none any more.
  for (const gateway of [one, other]) t.match(await ask(gateway, person, after()), isNew);
  await eventually(() => isUp(one) && isUp(other));
  for (const gateway of [one, other]) t.match(await ask(gateway, person, after()), isNew);
});

type Shard = (typeof cluster.shards)[0];

async function goDeaf(shard: Shard | undefined): Promise<void> {
  await sleep(50);
  shard?.replica?.server.pause();
  await shard?.master.admin.call('CLIENT', 'KILL', 'TYPE', 'replica');
}

const isMaster = (shard: Shard | undefined) =>
  eventually(async () =>
    String(await shard?.replica?.admin.info('replication').catch(() => '')).includes('role:master'),
  );
