/** The load generator against a server that counts, and against servers that answer wrongly. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { generateAtRate } from '../../bench/generate-at-rate.ts';
import { generateLoad, type LoadPlan } from '../../bench/generate-load.ts';

const right = '{"found":true}';

async function serve(t: Test, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<LoadPlan> {
  const server = createServer(answer);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r1/x`;
  return { url, headers: { 'x-a': '1' }, bodies: ['one'], answerStart: right, connections: 2, seconds: 0.2 };
}

t.test('every right answer is counted and timed', async (t) => {
  let answered = 0;
  const plan = await serve(t, (_request, response) => {
    answered += 1;
    setTimeout(() => response.end(right), 5);
  });
  const { requests, requestsPerSecond, p50Ms, p99Ms, generatorBusyPercent } = await generateLoad(plan);
  t.ok(requests > 2 && requests <= answered, `${requests} of ${answered}`);
  t.ok(requestsPerSecond > 0 && requestsPerSecond < 400, String(requestsPerSecond));
  t.ok(p50Ms >= 4 && p50Ms <= p99Ms, `${p50Ms} ${p99Ms}`);
  t.ok(generatorBusyPercent > 0 && generatorBusyPercent <= 100);
});

t.test('each connection asks about people of its own', async (t) => {
  const asked = new Map<string, Set<Socket>>();
  const plan = await serve(t, async (request, response) => {
    const body = await text(request);
    asked.set(body, (asked.get(body) ?? new Set()).add(request.socket));
    response.end(right);
  });
  const bodies = ['a', 'b', 'c', 'd', 'e'];
  await generateLoad({ ...plan, bodies });
  t.same([...asked.keys()].sort(), bodies);
  t.ok([...asked.values()].every((sockets) => sockets.size === 1));
});

t.test('an answer that is not 2xx fails the run, and says how many', async (t) => {
  let answered = 0;
  const plan = await serve(t, (_request, response) => {
    answered += 1;
    response.writeHead(answered > 20 ? 429 : 200).end(right);
  });
  await t.rejects(generateLoad({ ...plan, seconds: 30 }), /wrong answers: .*× 429/);
});

t.test('a server that answers nobody fails the run', async (t) => {
  const silent = await serve(t, () => undefined);
  await t.rejects(generateLoad(silent), { message: 'no more than 0 answers in 0.2 s' });
});

t.test('an unexpected body and a lost connection fail the run', async (t) => {
  const wrong = await serve(t, (_request, response) => response.end('{"found":false}'));
  await t.rejects(generateLoad({ ...wrong, seconds: 30 }), /unexpected bodies/);
  const cut = await serve(t, (request) => request.socket.destroy());
  await t.rejects(generateLoad(cut));
});

t.test(
  'at a rate, a time counts from when the request was due, also where it had to wait for a connection',
  async (t) => {
    const plan = await serve(t, (_request, response) => {
      setTimeout(() => response.end(right), 50);
    });
    const { requests, p50Ms } = await generateAtRate({ ...plan, seconds: 0.5, requestsPerSecond: 100 });
    t.equal(requests, 50);
    // Two connections answer 40 a second: half of the requests are due more than a quarter of a second too early.
    t.ok(p50Ms > 200, String(p50Ms));
  },
);

t.test('at a rate, too, a wrong answer fails the run', async (t) => {
  const plan = await serve(t, (_request, response) => {
    response.writeHead(503).end('no');
  });
  await t.rejects(generateAtRate({ ...plan, requestsPerSecond: 100 }), /wrong answer: status 503/);
});
