/** What `--wait` waits for: until nothing more happens by itself to any push, whoever holds it up. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { GatewayPlace } from '../../src/cli/ask-gateway.ts';
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

/** A gateway's answers, one after the other or by path; what is neither is not found. */
async function answering(answer: (url: string) => Answered | 'reset') {
  const server = createServer(({ url = '', socket }, response) => {
    const answered = answer(url);
    if (answered === 'reset') return void socket.resetAndDestroy();
    const { status = 200, headers = {}, body } = answered;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'token' };
}

interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object | string;
}

/** Looks as the command does. */
const looking =
  (place: GatewayPlace): (() => Promise<ShownPush[]>) =>
  async () => {
    const found: ShownPush[] = [];
    for await (const one of listPushes(place, 'deliveries', {}, Number.POSITIVE_INFINITY)) found.push(one);
    return found;
  };

t.test('what is held behind a dead letter is not waited for, whoever sent that', async (t) => {
  const held = [
    push('dead', 'dead'),
    push('a', 'accepted', { heldBehind: 'dead', heldBehindDeadLetter: true }),
    push('b', 'accepted', { heldBehind: 'another’s', heldBehindDeadLetter: true }),
    push('c', 'delivered', { final: true }),
  ];
  t.match(await whenSettled(async () => held, 60), { areSettled: true, pushes: held });
});

t.test('what goes on by itself is waited for: tried again, held behind it, or an action that is kept', async (t) => {
  const looks = [
    [push('a', 'retrying'), push('b', 'accepted', { heldBehind: 'a' })],
    [push('a', 'dead', { intended: 'retrying' })],
    [push('a', 'delivered', { final: true }), push('b', 'delivered', { final: true })],
  ];
  const look = async () => looks.shift() ?? [];
  t.match(await whenSettled(look, 60), { areSettled: true });
  t.equal(looks.length, 0);
  t.match(await whenSettled(async () => [push('a', 'retrying')], 0.1), { areSettled: false });
});

t.test('a gateway that is away or busy for a while is ridden over', async (t) => {
  const unavailable = { code: 'delivery-unavailable', detail: 'Not now.' };
  const answers: (Answered | 'reset')[] = [
    'reset',
    { status: 503, body: unavailable },
    { status: 502, body: '<html>bad gateway</html>' },
    { status: 429, headers: { 'retry-after': '1' }, body: { code: 'quota-exceeded' } },
    { body: { exchanges: [push('a', 'delivered', { final: true })] } },
  ];
  const place = await answering(() => answers.shift() ?? 'reset');
  const startedMs = performance.now();
  t.match(await whenSettled(looking(place), 60), { areSettled: true, pushes: [{ exchangeId: 'a' }] });
  t.same(answers, []);
  t.ok(performance.now() - startedMs >= 3 * 500 + 1000, 'as long as Retry-After asks for, too');
});

t.test('trouble that lasts to the end of the wait is told, a refusal at once', async (t) => {
  const busy = await answering(() => ({ status: 503, body: { code: 'delivery-unavailable', detail: 'Not now.' } }));
  await t.rejects(whenSettled(looking(busy), 0.6), { name: 'AskError', message: /503: Not now/ });
  const refusing = await answering(() => ({ status: 403, body: { code: 'role-not-allowed', detail: 'No.' } }));
  const startedMs = performance.now();
  await t.rejects(whenSettled(looking(refusing), 60), { message: /403: No\. .*--client VN\/GOV/ });
  t.ok(performance.now() - startedMs < 5000);
});

t.test('all that match are read, page after page', async (t) => {
  const pages: Readonly<Record<string, object>> = {
    '/v1/admin/deliveries?': { exchanges: [push('a', 'accepted')], next: '7' },
    '/v1/admin/deliveries?after=7': { exchanges: [push('b', 'refused', { final: true })] },
  };
  const place = await answering((url) => ({ body: pages[url] ?? {} }));
  t.match(await looking(place)(), [{ exchangeId: 'a' }, { exchangeId: 'b' }]);
});
