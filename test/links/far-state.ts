/** The link to the state database dies: questions are answered, pushes refused in bounded time, and what was accepted is delivered once when it is back. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { findPushesAmiss } from '../chaos/afterwards.ts';
import { consumerOf } from '../chaos/agreements.ts';
import type { Accepted } from '../chaos/load.ts';
import { createPushes, type Push } from '../chaos/pushes.ts';
import { eventually } from '../support/eventually.ts';
import { createRandom } from '../support/random-fixture.ts';
import { createFarPlace, quantileMs, told } from './far-place.ts';

t.setTimeout(240_000);

const statementTimeoutMs = 1000;
const connectTimeoutMs = 500;
/** What session.ts gives the network beyond a statement's own time. */
const networkAllowanceMs = 2000;
/** A push waits for one statement without an answer, its own or of the batch before it, and for a connection; then on a busy machine. */
const refusalMsMax = statementTimeoutMs + networkAllowanceMs + 2 * connectTimeoutMs + 1000;
const outageMs = 12_000;

const { place, networks, keepAsking, metric } = await createFarPlace(t, ['state'], {
  redis: {},
  state: { statementTimeoutMs, connectTimeoutMs },
});
const { state } = networks;
const pushes = createPushes();
const random = createRandom(3);

async function send({ service, name, message }: Push) {
  const startedMs = performance.now();
  const response = await fetch(`${place.url}/r1/${service}/v1`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-road-client': consumerOf(service),
      'x-road-userid': 'official-1',
      'x-road-id': name,
      authorization: `Bearer ${await place.token(consumerOf(service))}`,
    },
    body: JSON.stringify(message),
  });
  await response.text();
  const exchangeId = response.headers.get('exchange-id') ?? '';
  return { status: response.status, exchangeId, ms: performance.now() - startedMs };
}

for (const isForgotten of [false, true]) {
  t.test(`the link dies ${isForgotten ? 'and the database starts again behind it' : 'and comes back'}`, async (t) => {
    const accepted: Accepted[] = [];
    const refused: number[] = [];
    const open: Push[] = [];
    const others: number[] = [];
    let isOver = false;
    const sender = async () => {
      while (!isOver) {
        const push = pushes.next(random);
        const { status, exchangeId, ms } = await send(push);
        if (status === 202) accepted.push({ ...push, exchangeId });
        else {
          open.push(push);
          refused.push(ms);
          if (status !== 503) others.push(status);
        }
        await sleep(100);
      }
    };
    const senders = Array.from({ length: 8 }, sender);
    await eventually(() => accepted.length > 20);
    const acceptedBefore = accepted.length;
    state.cut();
    const stop = keepAsking('population', 2, 20);
    if (isForgotten) {
      await sleep(1000);
      await place.victims.state.kill();
      await place.victims.state.start();
    }
    await sleep(outageMs);
    const answered = await stop();
    const sockets = state.sockets();
    state.mend();
    const mendedMs = performance.now();
    const acceptedThen = accepted.length;
    await eventually(() => accepted.length > acceptedThen + 8);
    t.comment(`pushes are accepted again ${Math.round(performance.now() - mendedMs)} ms after the link is back`);
    isOver = true;
    await Promise.all(senders);
    // Whoever was refused sends the same again under its name: what was kept all the same is not done twice.
    for (const push of open) {
      await eventually(async () => {
        const { status, exchangeId } = await send(push);
        if (status === 202) accepted.push({ ...push, exchangeId });
        return status === 202;
      });
    }

    const slowest = Math.round(Math.max(...refused));
    t.comment(`${acceptedBefore} accepted before, ${refused.length} refused, the slowest after ${slowest} ms`);
    t.comment(`questions: ${told(answered)}`);
    t.ok(answered.every(({ status, wrong }) => status === 200 && wrong === undefined));
    t.ok(quantileMs(answered, 0.99) < 500, 'no question waited');
    t.same(others, [], 'every refusal is a 503');
    t.ok(refused.length > 0 && slowest < refusalMsMax, `${slowest} ms of ${refusalMsMax}`);
    t.ok(sockets <= 24, `${sockets} connections at the end of it`);
    t.same(await findPushesAmiss(place, accepted, 60_000), { lost: [], doubled: [] });
    await eventually(async () => (await metric('lienthong_state_database_up')) === 1);
  });
}
