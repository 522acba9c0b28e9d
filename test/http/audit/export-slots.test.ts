/** Exports at a time: one too many is told to come back, and whoever ends or goes away makes room. */

import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import t from 'tap';
import { createExportSlots } from '../../../src/http/audit/export-slots.ts';

t.test('a slot is given back by an end, and by a reader who has gone', async (t) => {
  const slots = createExportSlots(1);
  const app = Fastify({ forceCloseConnections: true });
  let finish = Promise.withResolvers<void>();
  let late = Promise.resolve();
  app.get('/', async (_request, reply) => {
    await late;
    slots.take(reply);
    await finish.promise;
    return 'done';
  });
  app.setErrorHandler((error: { code?: string; retryAfterSeconds?: number }, _request, reply) =>
    reply.code(503).send({ code: error.code, retryAfterSeconds: error.retryAfterSeconds }),
  );
  t.teardown(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });

  const first = fetch(url);
  await sleep(50);
  const second = await fetch(url);
  t.equal(second.status, 503);
  t.match(await second.json(), { code: 'index-unavailable', retryAfterSeconds: Number });
  finish.resolve();
  t.equal((await first).status, 200);

  finish = Promise.withResolvers();
  const gone = new AbortController();
  const left = fetch(url, { signal: gone.signal });
  await sleep(50);
  gone.abort();
  await t.rejects(left);
  await sleep(50);

  const goneEarly = new AbortController();
  late = sleep(100);
  const leftEarly = fetch(url, { signal: goneEarly.signal });
  await sleep(30);
  goneEarly.abort();
  await t.rejects(leftEarly);
  await sleep(150);
  finish.resolve();
  t.equal((await fetch(url)).status, 200, 'nor does one who had gone before take one');
});
