/** A birth of which one register knows and the other not yet: it goes on to its end, whatever its sender or an operator wants. */

import t from 'tap';
import { readReply, startGateway } from '../support/gateway.ts';
import { until } from '../support/push-place.ts';
import { createSampleMessages, isMarried, named } from '../support/sample-messages.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase } from '../support/state-fixture.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const state = await startPostgres(t);
const gateway = await startGateway(t, { settings: { state: { database: { url: await makeDatabase(state.url) } } } });
const people = createSampleMessages();
const operator = await gateway.gateway.issueToken({ id: 'operator-1', role: 'operator', lifetimeSeconds: 600 });

const push = (service: string, message: unknown, headers: Record<string, string> = {}) =>
  gateway.call(`G15/civil-status/${service}`, 'H26/one-stop', message, { 'x-road-userid': 'official-1', ...headers });

async function operators(path: string, body?: object) {
  const sent = body && { method: 'POST', body: JSON.stringify(body) };
  const headers = { authorization: `Bearer ${operator}`, ...(body && { 'content-type': 'application/json' }) };
  return readReply(await fetch(`${gateway.url}/v1/admin/${path}`, { ...sent, headers }));
}

const inState = (id: string, wanted: string) =>
  until(
    async () => (await operators(`deliveries/${id}`)).body,
    ({ state }) => state === wanted,
  );

/** Declared late, it waits for an official: entered in one register, without a number in the other. */
async function lateBirth() {
  const birth = people.birth({ declaredOn: '2026-11-20' });
  const message = {
    ...birth,
    child: { ...(birth.child as object), dateOfBirth: { value: '2025-03-01', precision: 'day' } },
  };
  // Pushes are accepted once the state database is open.
  const { status, body } = await until(
    () => push('register-birth', message),
    (reply) => reply.status !== 503,
  );
  t.equal(status, 202, body.detail);
  await inState(body.exchangeId, 'awaiting-pin');
  return { id: body.exchangeId as string, message };
}

t.test('it is not corrected, and gets its number', async (t) => {
  const { id, message } = await lateBirth();
  for (const value of ['2025-03-02', '2025-03-01']) {
    const corrected = {
      ...message,
      child: { ...message.child, fullName: 'Trần Gia Hân', dateOfBirth: { value, precision: 'day' } },
    };
    t.match(await push('register-birth', corrected, { 'exchange-corrects': id }), {
      status: 409,
      body: { code: 'state-conflict', detail: /effect in part.*correct-civil-status/ },
    });
  }
  t.match(await inState(id, 'delivered'), { state: 'delivered' });
});

t.test('it is given up only by an operator who says to know what stands, and goes on telling it', async (t) => {
  const { id } = await lateBirth();
  const reason = 'settled-elsewhere';
  const legs = { legsDone: ['register-birth.v1'], legInDoubt: 'assign-pin.v1' };
  t.match((await operators('deliveries?state=awaiting-pin')).body.exchanges[0], { exchangeId: id, ...legs });
  t.match(await operators(`dead-letters/${id}/discard`, { reason }), {
    status: 409,
    body: { detail: /done, and stays so: register-birth\.v1; perhaps done: assign-pin\.v1/ },
  });
  t.equal((await operators(`dead-letters/${id}/discard`, { reason, legsStand: true })).status, 204);
  t.match(await inState(id, 'discarded'), { state: 'discarded', reason, ...legs });
});

t.test('after a corrected day of death the widow is told the new one', async (t) => {
  const husband = people.person(isMarried('male'));
  const question = { pin: husband.spouse?.pin };
  const ask = () => gateway.call('G15/civil-status/get-marital-status', 'G22/public-service-portal', question);
  const death = await push('register-death', people.death(named(husband)));
  await inState(death.body.exchangeId, 'delivered');
  t.match(JSON.stringify((await ask()).body), '"since":"2026-11-15"');
  t.match((await ask()).headers.get('cache-status'), /hit/);
  const [oldValue, newValue] = ['2026-11-15', '2026-11-14'].map((value) => ({ value, precision: 'day' }));
  const correction = await push('correct-civil-status', people.correction(husband, 'dateOfDeath', oldValue, newValue));
  await inState(correction.body.exchangeId, 'delivered');
  t.match(JSON.stringify((await ask()).body), '"since":"2026-11-14"');
});
