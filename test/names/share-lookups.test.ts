/** Every socket of the process resolves its host by the shared look-up, in each form that `dns.lookup` has. */

import { AsyncLocalStorage } from 'node:async_hooks';
import dns, { lookup } from 'node:dns';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { Client } from 'undici';
import { lookupThreads } from '../../src/names/doubtful-turns.ts';
import { serveHttp } from '../adapter-kit/http-registry.ts';
import { type MachineNames, shareMachineNames } from './machine-names.ts';

const host = 'registry.test';
const settings = { keptMs: 60_000, slowMs: 20, timeoutMs: 1000, staleMsMax: 60_000, entriesMax: 10 };

function share(t: Test): MachineNames {
  const names = shareMachineNames(t, settings);
  names.resolver.say(host, '127.0.0.1');
  return names;
}

t.test('sockets and HTTP clients ask once between them', async (t) => {
  const { resolver } = share(t);
  const port = await serveHttp(t, (_request, response) => response.end('here'));
  const sockets = Array.from({ length: 10 }, () => connect({ host, port }));
  for (const socket of sockets) t.teardown(() => socket.destroy());
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const client = new Client(`http://${host}:${port}`);
  t.teardown(() => client.close());
  t.equal(await (await client.request({ method: 'GET', path: '/' })).body.text(), 'here');
  t.equal(await (await fetch(`http://${host}:${port}/`)).text(), 'here');
  t.same(resolver.begun, [host]);
});

t.test('each form of asking is answered as Node does', async (t) => {
  const { asked } = share(t);
  const answer = (...given: unknown[]) =>
    new Promise((resolve) => {
      (dns.lookup as (...all: unknown[]) => void)(...given, (...found: unknown[]) => resolve(found.slice(0, 3)));
    });
  t.same(await answer(host), [null, '127.0.0.1', 4]);
  t.same(await answer(host, {}), [null, '127.0.0.1', 4]);
  t.match(await answer(host, { all: true }), [null, [{ address: '127.0.0.1', family: 4 }]]);
  t.equal(asked.length, 1);
  t.same(await answer(host, 4), [null, '127.0.0.1', 4]);
  t.same(await answer(host, { family: 'IPv4' }), [null, '127.0.0.1', 4]);
  t.equal(asked.length, 2, 'of another family');
  await answer(host, { verbatim: true });
  await answer(host, { order: 'verbatim' });
  t.match(asked.at(-1), { order: 'verbatim', all: true });
  t.equal(asked.length, 3, 'in another order');
  t.match(await answer('unknown.test'), [{ code: 'EAI_AGAIN' }]);
});

t.test('what one is given, another one cannot change', async (t) => {
  share(t);
  const all = () => promisify(lookup as (name: string, options: object, done: () => void) => void)(host, { all: true });
  const first = (await all()) as unknown as dns.LookupAddress[];
  (first[0] as dns.LookupAddress).address = '10.0.0.1';
  t.same(await all(), [{ address: '127.0.0.1', family: 4 }]);
});

t.test('whoever joins a look-up goes on in a context of its own', async (t) => {
  share(t);
  const context = new AsyncLocalStorage<number>();
  const seen = [1, 2, 3].map(
    (at) => new Promise((resolve) => context.run(at, () => lookup(host, () => resolve(context.getStore())))),
  );
  t.same(await Promise.all(seen), [1, 2, 3]);
});

t.test('addresses are not asked about, and afterwards Node’s own look-up is back', async (t) => {
  const shared = share(t);
  const port = await serveHttp(t, (_request, response) => response.end('here'));
  t.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'here');
  t.same(shared.asked, []);
  const own = lookup;
  shared.close();
  t.not(lookup, own);
  t.equal(lookup, dns.lookup);
});

t.test('as many look-ups run at once as libuv lets', async (t) => {
  for (const [said, threads] of [
    [undefined, 2],
    ['1', 1],
    ['16', 8],
    ['0', 1],
    ['many', 1],
  ] as const) {
    t.equal(lookupThreads(said === undefined ? {} : { UV_THREADPOOL_SIZE: said }), threads);
  }
});
