/** Links to a test's own Redis, as a gateway makes them, with what a test wants to be different. */

import { randomUUID } from 'node:crypto';
import type { RedisScripts } from '../../src/redis/client.ts';
import { createRedisLink, type RedisLink } from '../../src/redis/link.ts';
import type { RedisObserver } from '../../src/redis/news.ts';
import type { RedisSecrets, RedisSettings } from '../../src/redis/settings.ts';
import { eventually } from './eventually.ts';
import type { Teardown } from './servers.ts';

export const redisLimits = {
  keyPrefix: 'test:',
  timeoutMs: 150,
  connectTimeoutMs: 500,
  readyTimeoutMs: 5000,
  heartbeatMs: 500,
  retryMs: 20,
  retryMsMax: 100,
} as const;

export interface LinkOptions {
  readonly settings?: Partial<RedisSettings>;
  readonly secrets?: RedisSecrets;
  readonly scripts?: RedisScripts;
  readonly observer?: Partial<RedisObserver>;
}

/** Not started. */
export function makeLink(t: Teardown, url: string, options: LinkOptions = {}): RedisLink {
  const { settings, secrets = {}, scripts = {}, observer = {} } = options;
  const place = (settings?.sentinels ?? settings?.cluster) ? {} : { url };
  const link = createRedisLink({
    settings: { ...redisLimits, ...place, ...settings },
    secrets,
    scripts,
    observer: {
      up: () => undefined,
      down: () => undefined,
      hindered: () => undefined,
      failed: () => undefined,
      ...observer,
    },
    id: randomUUID(),
    random: Math.random,
  });
  t.teardown(() => link.close());
  return link;
}

/** Started, and up. */
export async function openLink(t: Teardown, url: string, options: LinkOptions = {}): Promise<RedisLink> {
  const link = makeLink(t, url, options);
  link.start();
  await eventually(() => link.isUp());
  return link;
}
