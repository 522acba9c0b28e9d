/** A stream of pushes against a real register: each takes effect once and in order, however the connection ends and however often it is sent. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { castPins, samplePopulation } from '../../../adapters/sample-people/index.ts';
import { type BulkTarget, openBulk, resultLines, sendBulk } from '../../support/bulk-client.ts';
import { createPushPlace, until } from '../../support/push-place.ts';
import { residenceChange, residenceService, sender } from '../../support/residence-change.ts';

t.setTimeout(240_000);

const place = await createPushPlace(t);
const gateway = await place.gateway();
await gateway.start();

const target = async (headers = {}): Promise<BulkTarget> => ({
  url: gateway.url(),
  service: residenceService,
  headers: {
    'x-road-client': sender,
    'x-road-userid': 'official-1',
    authorization: `Bearer ${await gateway.token(sender, 'client')}`,
    ...headers,
  },
});
const pushLine = (id: string, pin: string, line: string) => ({ id, message: residenceChange(pin, line) });

t.test('pushes about one person arrive in the order of their lines', async (t) => {
  const wanted = Array.from({ length: 30 }, (_one, index) => `số ${index + 1}`);
  const lines = wanted.map((line, index) => pushLine(`order-${index}`, castPins.hoa, line));
  const { results, last } = await sendBulk(await target(), lines);
  t.match(last, { done: true, byStatus: { 202: 30 } });
  t.match(results[0], {
    status: 202,
    body: { exchangeId: results[0]?.exchangeId, state: 'accepted', status: /^\/v1\/exchanges\// },
  });
  const effects = await until(
    () => place.effects(castPins.hoa),
    (lines) => lines.length === 30,
  );
  t.same(effects, wanted);
});

t.test('a line without an id needs an Idempotency-Key, which names it together with its number', async (t) => {
  const message = residenceChange(castPins.duc, 'không tên');
  const without = await sendBulk(await target(), [{ message }]);
  t.match(without.results, [{ status: 400, problem: { code: 'header-missing' } }]);
  const keyed = await target({ 'idempotency-key': 'file-7' });
  const [first, again] = [await sendBulk(keyed, [{ message }]), await sendBulk(keyed, [{ message }])];
  t.match(first.results, [{ status: 202, id: 'file-7-1', exchangeId: String, logIndex: Number }]);
  t.same(again.results[0]?.exchangeId, first.results[0]?.exchangeId);
  t.same(again.results[0]?.logIndex, first.results[0]?.logIndex);
  const other = await sendBulk(keyed, [{ message: residenceChange(castPins.duc, 'khác') }]);
  t.match(other.results, [{ status: 409, problem: { code: 'message-id-reused' } }]);
});

t.test('what a broken connection left open is sent again, and each push is one exchange', async (t) => {
  const people = samplePopulation()
    .people.filter(({ death }) => death === undefined)
    .slice(100, 250);
  const lines = people.map(({ pin }, index) => pushLine(`broken-${index}`, pin, `nhà ${index}`));
  const { request, response } = openBulk(await target());
  request.on('error', () => undefined);
  request.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const answer = await response;
  answer.on('error', () => undefined);
  const seen = [];
  for await (const line of resultLines(answer)) {
    seen.push(line);
    if (seen.length === 20) break;
  }
  request.destroy();
  await sleep(100);
  const { results, last } = await sendBulk(await target(), lines);
  t.match(last, { done: true, byStatus: { 202: lines.length } });
  t.same(
    seen.map(({ exchangeId }) => exchangeId),
    results.slice(0, 20).map(({ exchangeId }) => exchangeId),
  );
  t.equal(new Set(results.map(({ exchangeId }) => exchangeId)).size, lines.length);
  const effects = await until(
    async () => (await place.effects()).filter((line) => line.startsWith('nhà ')),
    (all) => all.length >= lines.length,
  );
  t.equal(effects.length, lines.length);
  t.equal(new Set(effects).size, lines.length);
});

t.test('the same id twice in one request is one push', async (t) => {
  const line = pushLine('twins', castPins.minh, 'một lần');
  const { results } = await sendBulk(await target(), [line, line]);
  t.match(results, [{ status: 202 }, { status: 202, exchangeId: results[0]?.exchangeId }]);
});

t.test('while no push can be kept the request ends, and says from where to send again', async (t) => {
  await place.stateProxy.down();
  const lines = Array.from({ length: 3 }, (_one, index) => pushLine(`down-${index}`, castPins.minh, 'x'));
  const { results, last } = await sendBulk(await target(), lines);
  await place.stateProxy.up();
  t.match(results[0], { status: 503, problem: { code: 'delivery-unavailable' }, retryAfterSeconds: 5 });
  t.match(last, { done: false, next: 1, problem: { code: 'delivery-unavailable' } });
});
