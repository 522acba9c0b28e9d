/** Pushes that may have taken effect: not corrected, given up only by who knows it, and nobody is told what was before them. */

import t from 'tap';
import { discardPush } from '../../src/cli/deliveries-client.ts';
import { createPushPlace, until } from '../support/push-place.ts';

t.setTimeout(120_000);

const place = await createPushPlace(t);
const asker = 'VN/GOV/H26/one-stop';
const gateway = await place.gateway({
  agreements: [
    {
      ...{ id: 'residences', consumer: asker, service: 'VN/GOV/G01/population/confirm-residence' },
      ...{ purposes: ['test'], legalBasis: 'Test decree', fields: ['temporary'] },
      ...{ validFrom: '2020-01-01', validUntil: '2999-12-31' },
      quota: { requestsPerSecond: 1000, burst: 1000 },
    },
  ],
});
await gateway.start();
const pin = '099190000001';
const operator = { role: 'operator' as const, id: 'operator-1' };
const leg = 'report-residence-change.v1';

const show = async (id: string) => (await gateway.ask(`/v1/exchanges/${id}`)).body;
const inState = (id: string, wanted: string) =>
  until(
    () => show(id),
    ({ state }) => state === wanted,
  );
const discard = (id: string, body: object) =>
  gateway.ask(`/v1/admin/dead-letters/${id}/discard`, { ...operator, body: { reason: 'sent-in-error', ...body } });

/** Committed, and its answer lost; its registry is away from then on. */
async function unknownOutcome(line: string): Promise<string> {
  const held = place.registry.keepAnswerTo('COMMIT');
  const { body } = await gateway.push(pin, line);
  await held;
  await place.registry.down();
  place.registry.cut();
  await inState(body.exchangeId, 'retrying');
  return body.exchangeId as string;
}

t.test(
  'a push whose try ended without an answer is not corrected, and is done once its registry is back',
  async (t) => {
    const id = await unknownOutcome('có lẽ');
    t.match(await show(id), { state: 'retrying', legsDone: [], legInDoubt: leg });
    t.match(await gateway.push(pin, 'sửa', { 'exchange-corrects': id }), {
      status: 409,
      body: { code: 'state-conflict', detail: /may have taken effect; .*redelivered.*correct-civil-status/ },
    });
    await place.registry.up();
    t.match(await inState(id, 'delivered'), { legsDone: [leg] });
    t.same((await place.effects(pin)).slice(-1), ['có lẽ']);
  },
);

t.test('tries that came to nobody later leave the doubt as it was, and it is given up only knowingly', async (t) => {
  const id = await unknownOutcome('không rõ');
  await until(
    () => show(id),
    ({ tries }) => tries > 1,
  );
  t.match(await discard(id, {}), {
    status: 409,
    body: { code: 'state-conflict', detail: new RegExp(`perhaps done: ${leg}`) },
  });
  const token = await gateway.token(operator.id, operator.role);
  await t.rejects(
    discardPush({ url: gateway.url(), token }, id, { reason: 'sent-in-error', legsStand: false }),
    { message: /or say with --although-effective that you know it/ },
    'a shell is told its own option',
  );
  t.equal((await discard(id, { legsStand: true })).status, 204);
  t.match(await show(id), { state: 'discarded', reason: 'sent-in-error', legInDoubt: leg });
  await place.registry.up();
});

t.test('a push that no registry had is given up, and corrected, as it is', async (t) => {
  await place.registry.down();
  const { body } = await gateway.push(pin, 'chưa đến');
  t.notOk('legInDoubt' in (await inState(body.exchangeId, 'retrying')));
  t.equal((await discard(body.exchangeId, {})).status, 204);
  await place.registry.up();
});

t.test('where a try may have taken effect, no answer from before it is given', async (t) => {
  const question = async () => {
    const response = await fetch(`${gateway.url()}/r1/VN/GOV/G01/population/confirm-residence/v1`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-road-client': asker,
        authorization: `Bearer ${await gateway.token(asker, 'client')}`,
      },
      body: JSON.stringify({ pin }),
    });
    return { status: response.status, from: response.headers.get('cache-status'), body: await response.text() };
  };
  await until(question, ({ status }) => status === 200);
  t.match(await question(), { status: 200, from: /hit/ });
  const id = await unknownOutcome('mới chuyển');
  t.notMatch(await question(), { from: /hit/ });
  await place.registry.up();
  await inState(id, 'delivered');
});
