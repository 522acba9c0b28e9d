/** The link to Redis dies: exchanges go on, each waits one time-out at most, nobody once it is known to be away, and it is used again by itself. Where the link is only slow, each command has its own time. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Asking } from '../chaos/ask-place.ts';
import { eventually } from '../support/eventually.ts';
import { createFarPlace, quantileMs, told } from './far-place.ts';

t.setTimeout(180_000);

/** `redis.timeoutMs`. */
const timeoutMs = 300;
/** For a busy machine. */
const slackMs = 150;

const { place, networks, ask, keepAsking, metric } = await createFarPlace(t, ['redis'], {
  redis: { timeoutMs },
  state: {},
});
const { redis } = networks;
const failures = () => metric('lienthong_redis_failures_total');
const isUp = () => metric('lienthong_redis_up');
const untilUp = () => eventually(async () => (await isUp()) === 1);
await untilUp();
const some = async (count: number): Promise<Asking[]> => {
  const asked: Asking[] = [];
  while (asked.length < count) asked.push(await ask('social-affairs'));
  return asked;
};
await some(50);

for (const isForgotten of [false, true]) {
  t.test(`the link to Redis dies ${isForgotten ? 'and Redis starts again behind it' : 'and comes back'}`, async (t) => {
    await untilUp();
    const before = await some(100);
    redis.cut();
    const first = await some(10);
    await eventually(async () => (await isUp()) === 0);
    if (isForgotten) {
      await place.victims.redis.kill();
      await place.victims.redis.start();
    }
    const givenUp = await failures();
    const stop = keepAsking('social-affairs', 2);
    await sleep(3000);
    const away = await stop();
    const givenUpSince = (await failures()) - givenUp;
    const sockets = redis.sockets();
    redis.mend();
    const mendedMs = performance.now();
    await untilUp();
    t.comment(`up again after ${Math.round(performance.now() - mendedMs)} ms`);
    const after = await some(50);

    for (const [when, asked] of Object.entries({ before, first, away, after })) {
      t.comment(`${when}: ${told(asked)}`);
      t.ok(
        asked.every(({ status, wrong }) => status === 200 && wrong === undefined),
        when,
      );
    }
    t.ok(quantileMs(first, 1) < timeoutMs + slackMs, 'it costs an exchange its time-out at most');
    t.equal(givenUpSince, 0, 'nobody asks one that is known to be away');
    t.ok(quantileMs(away, 0.9) < timeoutMs / 2, 'or waits for it');
    t.ok(sockets <= 4, `${sockets} connections are tried`);
    t.ok(performance.now() - mendedMs < 10_000);
  });
}

t.test('a slow link to Redis costs an exchange one time-out at most', async (t) => {
  await untilUp();
  redis.slowDown();
  const stop = keepAsking('social-affairs', 24);
  await sleep(4000);
  const asked = await stop();
  redis.speedUp();
  t.comment(`through 256 kbit/s: ${told(asked)}`);
  t.comment(`${await failures()} commands of Redis were given up, of both links`);
  t.ok(asked.every(({ status, wrong }) => status === 200 && wrong === undefined));
  t.ok(quantileMs(asked, 1) < timeoutMs + slackMs);
  await untilUp();
});
