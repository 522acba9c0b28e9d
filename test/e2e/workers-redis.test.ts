/** Two gateways of two workers on one Redis: one quota over all four processes, and what a push outdates is gone from each of their memories. */

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.ts';
import { pins } from '../support/incoming-fixture.ts';
import { startLoopbackProxy } from '../support/loopback-proxy.ts';
import { createPushPlace, type GatewayOptions, type PushGateway } from '../support/push-place.ts';
import { redisLimits } from '../support/redis-fixture.ts';
import { startRedis } from '../support/servers.ts';
import { type Answered, type Asked, askOnce } from '../support/worker-process.ts';

t.setTimeout(240_000);

const asker = 'VN/GOV/G07/social-protection';
const getPerson = 'VN/GOV/G01/population/get-person';
const confirmResidence = 'VN/GOV/G01/population/confirm-residence';
/** Small enough to be held to the request (docs/cache.md). */
const burst = 9;
const lagMs = 4000;
const agreement = (id: string, service: string, changes: object) => ({
  id,
  consumer: asker,
  service,
  purposes: ['test'],
  legalBasis: 'Test decree',
  validFrom: '2020-01-01',
  validUntil: '2999-12-31',
  quota: { requestsPerSecond: 1000, burst: 1000 },
  ...changes,
});

const redis = await startRedis(t);
const proxy = await startLoopbackProxy(t, redis.url);
const place = await createPushPlace(t);
const keyFile = path.join(t.testdir({}), 'cache.key');
await writeFile(keyFile, `${randomBytes(32).toString('base64url')}\n`);

async function start(options: GatewayOptions): Promise<PushGateway> {
  const gateway = await place.gateway({
    ...options,
    settings: {
      redis: { ...redisLimits, timeoutMs: 500, url: proxy.url },
      cache: { keyFile, invalidationLagMsMax: lagMs },
    },
    agreements: [
      agreement('people', getPerson, { fields: ['pin', 'residence'] }),
      agreement('scarce', confirmResidence, {
        fields: ['current'],
        quota: { requestsPerSecond: 0.001, burst },
      }),
    ],
  });
  await gateway.start({}, (rest) => [process.execPath, ...rest, '--workers', '2']);
  return gateway;
}

const one = await start({ origin: 'test.example/one' });
const deliveries = { keyFile: path.join(one.data, 'keys/delivery.key') };
const other = await start({ origin: 'test.example/other', deliveries });
const gateways = [one, other];

/** Each worker of each gateway once, and more often where one is asked twice in turn. */
async function askAll(asked: Asked): Promise<Answered[]> {
  const asks = gateways.flatMap((gateway) => {
    const served = { data: gateway.data, url: gateway.url() };
    return Array.from({ length: 4 }, () => askOnce(served, undefined, asked));
  });
  return Promise.all(asks);
}

const person: Asked = { path: `/r1/${getPerson}/v1`, message: { pin: pins.hoa } };
const withoutLine = async (line: string) => {
  const answers = await askAll(person);
  if (answers.some(({ status }) => status !== 200)) throw new Error('somebody was not answered');
  return answers.filter(({ body }) => !body.includes(line)).length;
};
const heard = async () => {
  const texts = gateways.map(async (gateway) => (await fetch(`${gateway.url()}/metrics`)).text());
  const counts = [...(await Promise.all(texts)).join('\n').matchAll(/event="forgotten-elsewhere".*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
};

/** Every process has the answer in its memory. */
async function keptEverywhere(): Promise<void> {
  await eventually(async () =>
    (await askAll(person)).every(({ headers }) => /detail=memory/.test(String(headers['cache-status']))),
  );
}

/** Resolves when the register has it, and its sender is told so. */
async function push(t: Test, line: string): Promise<void> {
  const { status, body } = await one.push(pins.hoa, line);
  t.equal(status, 202);
  await eventually(async () => (await one.ask(`/v1/exchanges/${body.exchangeId}`)).body.state === 'delivered');
}

t.test('the quota is one over all workers of all gateways, exactly', async (t) => {
  const message = { pin: pins.duc };
  const asked = { path: `/r1/${confirmResidence}/v1`, message };
  const answers = [...(await askAll(asked)), ...(await askAll(asked)), ...(await askAll(asked))];
  t.equal(answers.filter(({ status }) => status !== 429).length, burst);
  t.equal(answers.filter(({ status }) => status === 429).length, answers.length - burst);
});

t.test('what one gateway delivered is gone from every memory within a second', async (t) => {
  await keptEverywhere();
  await push(t, 'Số 1 phố Nghe Thấy');
  await sleep(1000);
  t.equal(await withoutLine('Số 1 phố Nghe Thấy'), 0);
  t.ok((await heard()) >= 2, 'both workers of the other one were told');
});

t.test('also where its message does not reach Redis: it tells it again', async (t) => {
  await keptEverywhere();
  const before = await heard();
  const held = proxy.holdBack('forgotten');
  await push(t, 'Số 2 phố Nói Lại');
  await held;
  await eventually(async () => (await heard()) >= before + 2);
  t.equal(await withoutLine('Số 2 phố Nói Lại'), 0);
});

t.test('where nobody hears the message, that is noticed, and it is told again', async (t) => {
  await keptEverywhere();
  const before = await heard();
  proxy.deafen('subscribe');
  await push(t, 'Số 3 phố Lặng Im');
  await eventually(async () => (await heard()) >= before + 2);
  t.equal(await withoutLine('Số 3 phố Lặng Im'), 0);
});

t.test('all of them end in order', async () => {
  await Promise.all(gateways.map((gateway) => gateway.terminate()));
});
