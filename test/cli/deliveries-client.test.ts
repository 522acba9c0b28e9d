/** What `--wait` waits for: until nothing more happens by itself to any push, whoever holds it up. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { listPushes, type ShownPush, whenSettled } from '../../src/cli/deliveries-client.ts';

const push = (exchangeId: string, state: string, changes: Partial<ShownPush> = {}): ShownPush => ({
  exchangeId,
  acceptedAt: '2026-01-01T00:00:00Z',
  state,
  final: false,
  legsDone: [],
  sender: 'VN/GOV/H26/one-stop',
  service: 'VN/GOV/G15/civil-status/register-birth',
  ...changes,
});

/** A gateway's answers by path; 404 for all others. */
async function answering(answers: Readonly<Record<string, object>>) {
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { code: 'not-found', title: 'Not found' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'token' };
}

t.test('what is held behind a dead letter is not waited for, also where that is not in the list', async (t) => {
  const place = await answering({ '/v1/admin/deliveries/other': push('other', 'dead') });
  const held = [push('dead', 'dead'), push('a', 'accepted', { heldBehind: 'dead' })];
  t.match(await whenSettled(place, async () => held, 60), { areSettled: true, pushes: held });
  const beside = [push('b', 'accepted', { heldBehind: 'other' }), push('c', 'delivered', { final: true })];
  t.match(await whenSettled(place, async () => beside, 60), { areSettled: true });
});

t.test('nor is what is held behind something that is held behind a dead letter', async (t) => {
  const others = { '/v1/admin/deliveries/next': push('next', 'accepted', { heldBehind: 'dead' }) };
  const place = await answering({ ...others, '/v1/admin/deliveries/dead': push('dead', 'dead') });
  const held = [push('a', 'accepted', { heldBehind: 'b' }), push('b', 'accepted', { heldBehind: 'next' })];
  t.match(await whenSettled(place, async () => held, 60), { areSettled: true });
  const moving = [...held, push('c', 'accepted', { heldBehind: 'd' }), push('d', 'retrying')];
  t.match(await whenSettled(place, async () => moving, 0.1), { areSettled: false });
});

t.test('what is held behind one that goes on, or that nobody may see, is waited for', async (t) => {
  const place = await answering({});
  const looks = [
    [push('a', 'retrying'), push('b', 'accepted', { heldBehind: 'a' })],
    [push('b', 'accepted', { heldBehind: 'unseen' })],
    [push('a', 'delivered', { final: true }), push('b', 'delivered', { final: true })],
  ];
  const look = async () => looks.shift() ?? [];
  t.match(await whenSettled(place, look, 60), { areSettled: true });
  t.equal(looks.length, 0);
  t.match(await whenSettled(place, async () => [push('a', 'retrying')], 0.1), { areSettled: false });
});

t.test('all that match are read, page after page', async (t) => {
  const place = await answering({
    '/v1/admin/deliveries?': { exchanges: [push('a', 'accepted')], next: '7' },
    '/v1/admin/deliveries?after=7': { exchanges: [push('b', 'refused', { final: true })] },
  });
  const found: string[] = [];
  for await (const one of listPushes(place, 'deliveries', {}, Number.POSITIVE_INFINITY)) found.push(one.exchangeId);
  t.same(found, ['a', 'b']);
});
