/** Rows on the wire: in little memory, no faster than their reader, and never whole where one is missing. */

import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import t, { type Test } from 'tap';
import { type RowForm, readerSignal, rowFormOf, sendRows } from '../../../src/http/audit/rows-out.ts';

t.setTimeout(60_000);

interface Numbered {
  readonly n: number;
  readonly text?: string;
}

async function serve(t: Test, rows: (signal: AbortSignal) => AsyncIterable<Numbered>, rowsMax = 1e9) {
  const faults: unknown[] = [];
  const app = Fastify({ forceCloseConnections: true });
  app.get('/', async (request, reply) => {
    const form = rowFormOf(request);
    if (form === 'json') return reply.send({});
    const signal = readerSignal(reply, 30_000);
    return sendRows<Numbered>(reply, rows(signal), { form, columns: ['n', 'text'], rowsMax }, (error) =>
      faults.push(error),
    );
  });
  t.teardown(() => app.close());
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), faults };
}

async function* count(to: number, fail?: Error): AsyncIterable<Numbered> {
  for (let n = 1; n <= to; n += 1) yield { n };
  if (fail !== undefined) throw fail;
}

const get = (url: string, accept: string) => fetch(url, { headers: { accept } });

t.test('the form is what Accept names first', async (t) => {
  const formOf = (accept?: string) => rowFormOf({ headers: { accept } } as never);
  const expected: [string | undefined, RowForm][] = [
    [undefined, 'json'],
    ['*/*', 'json'],
    ['image/png', 'json'],
    ['text/csv', 'csv'],
    ['application/x-ndjson, application/json', 'ndjson'],
    ['application/json, text/csv', 'json'],
    ['text/csv;q=0, application/x-ndjson', 'ndjson'],
  ];
  for (const [accept, form] of expected) t.equal(formOf(accept), form, String(accept));
});

t.test('CSV with its header, NDJSON a line each; none is none', async (t) => {
  const { url } = await serve(t, () => count(3));
  const csv = await get(url, 'text/csv');
  t.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8; header=present');
  t.equal(await csv.text(), 'n,text\r\n1,\r\n2,\r\n3,\r\n');
  const ndjson = await get(url, 'application/x-ndjson');
  t.equal(await ndjson.text(), '{"n":1}\n{"n":2}\n{"n":3}\n');
  const empty = await serve(t, () => count(0));
  t.equal(await (await get(empty.url, 'text/csv')).text(), 'n,text\r\n');
  t.equal(await (await get(empty.url, 'application/x-ndjson')).text(), '');
});

t.test('what fails before anything was sent is an answer, what fails later is a broken connection', async (t) => {
  const down = new Error('the database is gone');
  for (const rows of [0, 1]) {
    const early = await serve(t, () => count(rows, down));
    t.equal((await get(early.url, 'text/csv')).status, 500);
  }
  const late = await serve(t, () => count(5000, down));
  const response = await get(late.url, 'text/csv');
  t.equal(response.status, 200);
  await t.rejects(response.text(), 'the body does not end');
  t.same(late.faults, [down], 'the operator is told');
});

t.test('one row too many breaks it off', async (t) => {
  const { url, faults } = await serve(t, () => count(5000), 4999);
  const response = await get(url, 'application/x-ndjson');
  await t.rejects(response.text());
  t.match(faults, [{ code: 'result-too-large' }]);
  const exact = await serve(t, () => count(5000), 5000);
  t.equal((await (await get(exact.url, 'application/x-ndjson')).text()).split('\n').length, 5001);
});

t.test('a slow reader holds the rows back, and a gone one ends them', async (t) => {
  let made = 0;
  let ended = false;
  let aborted: AbortSignal | undefined;
  async function* endless(signal: AbortSignal): AsyncIterable<Numbered> {
    aborted = signal;
    try {
      for (;;) {
        made += 1;
        yield { n: made, text: 'x'.repeat(1000) };
      }
    } finally {
      ended = true;
    }
  }
  const { url } = await serve(t, endless);
  const socket = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    httpRequest(url, { headers: { accept: 'application/x-ndjson' } }, resolve)
      .on('error', reject)
      .end();
  });
  socket.pause();
  await sleep(500);
  const heldAt = made;
  await sleep(300);
  t.equal(made, heldAt, 'nothing is made that nobody takes');
  t.ok(heldAt < 20_000, `${heldAt} rows of 1 KB lie in buffers`);
  socket.destroy();
  for (let tries = 0; !ended && tries < 100; tries += 1) await sleep(20);
  t.ok(ended, 'the source is let go');
  t.equal(aborted?.aborted, true);
});
