/** A Redis Cluster of a test's own: three masters that share the slots, each with a replica where a test wants a failover. */

import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';
import { freePort, startRedis, type Teardown, type TestServer } from './servers.ts';

export interface ClusterNode {
  readonly server: TestServer;
  /** Of the test, not of what is tested. */
  readonly admin: Redis;
}

export interface Shard {
  readonly master: ClusterNode;
  readonly replica: ClusterNode | undefined;
}

export interface TestCluster {
  /** Of the masters that it begins with. */
  readonly urls: readonly string[];
  readonly shards: readonly Shard[];
  /** The one that has the key at the beginning. */
  shardOf(key: string): Promise<Shard>;
}

export interface ClusterOptions {
  readonly replicas?: boolean;
}

const shardsCount = 3;
const slotsCount = 16_384;

/** How long a master may not answer until its replica takes its place. */
const nodeTimeoutMs = 500;

/** All well, with every slot served: a shard that is lost does not stop the others. */
export async function startRedisCluster(t: Teardown, { replicas = false }: ClusterOptions = {}): Promise<TestCluster> {
  const [masters, spares] = await Promise.all(
    [shardsCount, replicas ? shardsCount : 0].map((length) => Promise.all(Array.from({ length }, () => startNode(t)))),
  );
  const nodes = [...(masters ?? []), ...(spares ?? [])];
  for (const [epoch, { admin }] of nodes.entries()) await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', `${epoch + 1}`);
  const first = nodes[0] as Node;
  for (const { address } of nodes.slice(1)) await first.admin.call('CLUSTER', 'MEET', ...address);
  for (const [index, { admin }] of (masters ?? []).entries()) {
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', `${firstSlot(index)}`, `${firstSlot(index + 1) - 1}`);
  }
  await Promise.all(nodes.map(({ admin }) => eventually(() => knows(admin, nodes.length))));
  const shards = (masters ?? []).map((master, index) => ({ master, replica: spares?.[index] }));
  await Promise.all(shards.map(follow));
  await Promise.all(nodes.map(({ admin }) => eventually(() => knows(admin, nodes.length))));
  return {
    urls: shards.map(({ master }) => master.server.url),
    shards,
    async shardOf(key) {
      const slot = Number(await first.admin.call('CLUSTER', 'KEYSLOT', key));
      return shards.find((_one, index) => slot < firstSlot(index + 1)) as Shard;
    },
  };
}

interface Node extends ClusterNode {
  /** Host, port and the port that nodes talk to each other by. */
  readonly address: readonly [string, string, string];
}

async function startNode(t: Teardown, triesMore = 2): Promise<Node> {
  const busPort = `${await freePort()}`;
  const server = await startRedis(t, [
    ...['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-port', busPort],
    ...['--cluster-node-timeout', `${nodeTimeoutMs}`, '--cluster-replica-validity-factor', '0'],
    ...['--cluster-require-full-coverage', 'no', '--repl-diskless-sync-delay', '0'],
  ]).catch((error: unknown) => {
    // Somebody took the port that nodes talk to each other by.
    if (triesMore === 0) throw error;
    return undefined;
  });
  if (server === undefined) return startNode(t, triesMore - 1);
  const admin = new Redis(server.url, { retryStrategy: () => 100 });
  // It is lost with its server.
  admin.on('error', () => undefined);
  t.teardown(async () => admin.disconnect());
  return { server, admin, address: ['127.0.0.1', new URL(server.url).port, busPort] };
}

const firstSlot = (index: number) => Math.ceil((index * slotsCount) / shardsCount);

async function knows(admin: Redis, nodesCount: number): Promise<boolean> {
  const info = String(await admin.call('CLUSTER', 'INFO'));
  return [
    'cluster_state:ok',
    `cluster_slots_ok:${slotsCount}`,
    `cluster_known_nodes:${nodesCount}`,
    `cluster_size:${shardsCount}`,
  ].every((line) => info.includes(`${line}\r\n`));
}

async function follow({ master, replica }: Shard): Promise<void> {
  if (replica === undefined) return;
  const id = String(await master.admin.call('CLUSTER', 'MYID'));
  await replica.admin.call('CLUSTER', 'REPLICATE', id);
  await eventually(async () => String(await replica.admin.info('replication')).includes('master_link_status:up'));
}
