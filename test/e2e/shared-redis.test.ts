/** Two gateways on one Redis share answers and quotas, and go on without it. */

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import type { Reply, TestGateway } from '../support/gateway.ts';
import { createPlace, serve } from '../support/gateway-process.ts';
import { redisLimits } from '../support/redis-fixture.ts';
import { startRedis } from '../support/servers.ts';
import { askService, startTroubledGateway, troubledSetup } from '../support/troubled.ts';

t.setTimeout(120_000);
const consumer = 'G07/social-protection';
const poorConsumer = 'G09/civil-servants';
const server = await startRedis(t, ['--requirepass', 'right']);
const folder = t.testdir({});
const keyFile = path.join(folder, 'cache.key');
const passwordFile = path.join(folder, 'redis.password');
await writeFile(keyFile, `${randomBytes(32).toString('base64url')}\n`);
await writeFile(passwordFile, 'right\n');

const shared = () => ({
  settings: { redis: { ...redisLimits, url: server.url, passwordFile }, cache: { keyFile } },
});
const ask = (gateway: TestGateway, pin: string, from = consumer): Promise<Reply> =>
  gateway.call(askService, from, { pin });
const readiness = async (gateway: TestGateway) =>
  (await (await fetch(`${gateway.url}/health/ready`)).json()) as {
    status: string;
    dependencies: { name: string; reason?: string }[];
  };
const redisHealth = async (gateway: TestGateway) =>
  (await readiness(gateway)).dependencies.find(({ name }) => name === 'redis');

const [one, other] = [await startTroubledGateway(t, shared()), await startTroubledGateway(t, shared())] as const;
await eventually(async () => (await redisHealth(one))?.reason === undefined);
await eventually(async () => (await redisHealth(other))?.reason === undefined);

t.test('what one was answered the other gives, and says where it was kept', async (t) => {
  const pin = '099190000001';
  t.match((await ask(one, pin)).headers.get('cache-status'), /^lienthong; fwd=miss; stored; ttl=\d+$/);
  const reply = await ask(other, pin);
  t.match(reply.headers.get('cache-status'), /^lienthong; hit; ttl=\d+; detail=redis$/);
  t.match(reply.headers.get('age'), /^\d+$/);
  t.match((await ask(other, pin)).headers.get('cache-status'), /; hit; ttl=\d+; detail=memory$/);
  t.match(
    (await other.entries()).map(({ source }) => source),
    ['cache', 'cache'],
  );
});

t.test('they hold an agreement to one quota', async (t) => {
  t.equal((await ask(one, '099190000001', poorConsumer)).status, 200);
  t.equal((await ask(other, '099190000001', poorConsumer)).status, 429);
});

t.test('while Redis hangs every exchange is answered, and readiness says what is wrong', async (t) => {
  server.pause();
  for (const pin of ['099190000002', '099190000003']) t.equal((await ask(one, pin)).status, 200);
  const health = await eventually(async () => {
    const found = await redisHealth(one);
    return found?.reason === undefined ? undefined : found;
  });
  t.match(health, { name: 'redis', vital: false, ok: false, reason: 'timeout' });
  t.equal((await readiness(one)).status, 'degraded');
  const metrics = await (await fetch(`${one.url}/metrics`)).text();
  t.match(metrics, /^lienthong_redis_up 0$/m);
  t.match(metrics, /^lienthong_redis_failures_total\{trouble="timeout"\} [1-9]/m);
  server.resume();
  await eventually(async () => (await redisHealth(one))?.reason === undefined);
});

t.test('a full Redis is told to operators, for each gateway counts quotas alone then', async (t) => {
  const full = await startRedis(t);
  const admin = new Redis(full.url);
  t.teardown(() => admin.disconnect());
  const settings = { redis: { ...redisLimits, url: full.url }, cache: { keyFile } };
  const [first, second] = [await startTroubledGateway(t, { settings }), await startTroubledGateway(t, { settings })];
  const place = await createPlace(t, { ...troubledSetup, settings });
  const { lines } = await serve(t, place);
  const linesOf = (text: string) => lines.filter((line) => line.includes(text));
  for (const gateway of [first, second])
    await eventually(async () => (await redisHealth(gateway))?.reason === undefined);
  await eventually(() => linesOf('shared by Redis').length === 1);
  await admin.config('SET', 'maxmemory', '1');
  const health = await eventually(async () => {
    const found = await redisHealth(first);
    return found?.reason === undefined ? undefined : found;
  });
  t.match(health, { name: 'redis', vital: false, ok: false, reason: 'full' });
  t.equal((await readiness(first)).status, 'degraded');
  t.match(await (await fetch(`${first.url}/metrics`)).text(), /^lienthong_redis_up 0$/m);
  for (const gateway of [first, second]) t.equal((await ask(gateway, '099190000001', poorConsumer)).status, 200);
  await eventually(() => linesOf('Redis takes no writes').length > 0);
  await admin.config('SET', 'maxmemory', '0');
  await eventually(async () => (await redisHealth(first))?.reason === undefined);
  t.match(await (await fetch(`${first.url}/metrics`)).text(), /^lienthong_redis_up 1$/m);
  await eventually(() => linesOf('Redis takes writes again').length > 0);
  t.match(JSON.parse(linesOf('Redis takes no writes')[0] ?? ''), { level: 40, trouble: 'full' });
  t.equal(linesOf('Redis takes no writes').length, 1);
});

t.test('with a wrong password, or none listening, a gateway serves alone', async (t) => {
  await writeFile(passwordFile, 'wrong');
  const alone = await startTroubledGateway(t, shared());
  await writeFile(passwordFile, 'right');
  t.equal((await ask(alone, '099190000001')).status, 200);
  t.match((await ask(alone, '099190000001')).headers.get('cache-status'), /detail=memory$/);
  await eventually(async () => (await redisHealth(alone))?.reason === 'refused');
});

t.test('a key that is missing or short ends the start', async (t) => {
  const setup = (file: string) => ({ settings: { ...shared().settings, cache: { keyFile: file } } });
  await t.rejects(startTroubledGateway(t, setup(path.join(folder, 'none'))), /\/cache\/keyFile: cannot be read/);
  await writeFile(path.join(folder, 'short'), 'short');
  await t.rejects(startTroubledGateway(t, setup(path.join(folder, 'short'))), /\/cache\/keyFile: must hold 32 bytes/);
});
