/** Connects to one Redis, to the master that sentinels name, or to a cluster. */

import { lookup } from 'node:dns';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisScripts } from './client.ts';
import { GuardedConnector, GuardedSentinelConnector } from './guarded-connectors.ts';
import type { RedisSecrets, RedisSettings } from './settings.ts';

type NodeOptions = Omit<RedisOptions, 'replyMapping'>;

export function connectionOf(settings: RedisSettings, secrets: RedisSecrets, scripts: RedisScripts): Redis | Cluster {
  const { url, sentinels, cluster } = settings;
  const common = {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableReadyCheck: false,
  };
  const perNode: NodeOptions = {
    Connector: GuardedConnector,
    // Of one node, each: those of a cluster are refused whole where a slot of theirs is elsewhere.
    enableAutoPipelining: true,
    scripts: Object.fromEntries(
      Object.entries(scripts).map(([name, { lua, keys }]) => [name, { lua, numberOfKeys: keys }]),
    ),
    connectTimeout: settings.connectTimeoutMs,
    // TCP counts it in seconds.
    keepAlive: Math.max(1000, settings.heartbeatMs),
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(secrets.password === undefined ? {} : { password: secrets.password }),
  };
  const never = () => null;
  if (cluster !== undefined) {
    return new Cluster(cluster.map(addressOf), {
      ...common,
      clusterRetryStrategy: never,
      slotsRefreshTimeout: settings.connectTimeoutMs,
      // What names are resolved by at that moment; ioredis took its own when it was loaded.
      dnsLookup: (hostname, done) => lookup(hostname, (error, address, family) => done(error, address, family)),
      redisOptions: { ...perNode, enableReadyCheck: false, ...tlsOf(cluster, secrets) },
    });
  }
  const alone = { ...common, ...perNode, retryStrategy: never };
  if (sentinels !== undefined) {
    const { tls } = tlsOf(sentinels.urls, secrets);
    return new Redis({
      ...alone,
      Connector: GuardedSentinelConnector,
      sentinels: sentinels.urls.map(addressOf),
      name: sentinels.master,
      sentinelRetryStrategy: never,
      failoverDetector: true,
      ...(secrets.sentinelPassword === undefined ? {} : { sentinelPassword: secrets.sentinelPassword }),
      ...(tls === undefined ? {} : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
    });
  }
  const database = Number(new URL(url as string).pathname.slice(1));
  return new Redis({ ...alone, ...addressOf(url as string), db: database, ...tlsOf([url as string], secrets) });
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 6379 : Number(port) };
}

function tlsOf(urls: readonly string[], { tls }: RedisSecrets) {
  return urls.some((url) => url.startsWith('rediss:')) ? { tls: { ...tls } } : {};
}
