/** What a later registry refuses has taken effect at the first one: it stays a dead letter until it comes to its end, or somebody says that he knows what stands. */

import t, { type Test } from 'tap';
import type { LoggedEntry } from '../support/answers.ts';
import { ageOut } from '../support/dead-letter.ts';
import { startLoopbackProxy } from '../support/loopback-proxy.ts';
import { until } from '../support/push-place.ts';
import { startReceiver } from '../support/receiver.ts';
import { createRegistriesPlace, type Shown, send, shown } from '../support/registries-place.ts';
import { sender } from '../support/residence-change.ts';
import { createSampleMessages, isFree, type NamedPerson, named, personOf } from '../support/sample-messages.ts';
import { runSql } from '../support/state-fixture.ts';

t.setTimeout(240_000);

const place = await createRegistriesPlace(t);
const stateProxy = await startLoopbackProxy(t, place.stateUrl);
const receiver = await startReceiver(t);
const gateway = await place.gateway({
  stateUrl: stateProxy.url,
  deliveries: { stockIntervalMs: 100 },
  settings: {
    events: { pollMs: 100 },
    health: { checkIntervalMs: 50 },
    webhooks: { allowPrivateAddresses: ['127.0.0.1'], backoffMs: 50 },
  },
  webhooks: { [sender]: { url: `http://127.0.0.1:${receiver.port}/told`, sends: ['final-states'] } },
});
await gateway.start();
const people = createSampleMessages();
const operator = { role: 'operator' as const, id: 'operator-1' };
/** One person each, under a number that was replaced, which the civil-status register does not know. */
const replaced = { pin: '099168135087', fullName: 'Vũ Thị Loan' };
const alsoReplaced = { pin: '099175000006', fullName: 'Phạm An Bình' };
const deathLegs = ['register-death.v1', 'close-person.v1', 'note-death.v1'];

async function accepted(t: Test, service: string, message: unknown): Promise<string> {
  const { status, body } = await send(gateway, service, message);
  t.equal(status, 202, body.detail);
  return body.exchangeId;
}

const isDead = ({ state }: Shown) => state === 'dead';
const isFinal = ({ final }: Shown) => final;
const act = (id: string, action: 'redeliver' | 'discard', body: object = {}) =>
  gateway.ask(`/v1/admin/dead-letters/${id}/${action}`, { ...operator, body });
const times = async (id: string, state: string) =>
  (await gateway.entries()).filter((entry: LoggedEntry) => entry.exchange === id && entry.state === state);
const notices = (id: string, state: string) =>
  until(
    async () => receiver.taken.map(({ content }) => JSON.parse(content)).filter((one) => one.exchangeId === id),
    (told) => told.some((one) => one.state === state),
  );
const setStatus = ({ pin }: NamedPerson, status: string) =>
  runSql(place.populationUrl, `UPDATE person SET status = '${status}' WHERE pin = '${pin}'`);
const isKept = (t: Test, dead: Shown, reason: string, [first, ...others]: readonly string[]) => {
  t.match(dead, {
    ...{ state: 'dead', final: false, problem: 'refused-in-part', reason, legsDone: [first] },
    refusal: { code: reason, en: /\S/, vi: /\S/ },
    legs: [{ name: first, state: 'done' }, { state: 'refused' }, ...others.slice(1).map(() => ({ state: 'to-come' }))],
  });
  t.notOk('legInDoubt' in dead);
};

t.test(
  'a death under a replaced number is kept, seen by all, and goes on once the register is put right',
  async (t) => {
    const id = await accepted(t, 'G15/civil-status/register-death', people.death(replaced));
    isKept(t, await shown(gateway, id, isDead), 'number-not-in-use', deathLegs);
    t.match(await times(id, 'dead'), [{ problem: 'refused-in-part', reason: 'number-not-in-use', leg: deathLegs[1] }]);
    t.match(await notices(id, 'dead'), [
      { final: false, problem: 'refused-in-part', reason: 'number-not-in-use', legsDone: deathLegs.slice(0, 1) },
    ]);
    const { body: list } = await gateway.ask('/v1/admin/dead-letters', operator);
    t.match(list.exchanges, [{ exchangeId: id, problem: 'refused-in-part', legsDone: deathLegs.slice(0, 1) }]);
    const health = async () => (await gateway.ask('/health/ready')).body.dependencies;
    const degraded = await until(health, (all) => all.some(({ reason }) => reason === 'dead-letters'));
    t.ok(degraded.some(({ reason }) => reason === 'dead-letters'));

    const allowance = await accepted(t, 'G07/social-protection/report-funeral-allowance', {
      ...{ deceased: replaced, recipient: named(people.person()), communeCode: '00070', amountVnd: 10_000_000 },
      decision: { number: '1/QĐ-UBND', date: '2026-11-18' },
    });
    t.match(await shown(gateway, allowance, ({ heldBehind }) => heldBehind !== undefined), {
      ...{ state: 'accepted', heldBehind: id, heldBehindDeadLetter: true },
    });
    const corrects = { 'exchange-corrects': id };
    t.match(await send(gateway, 'G15/civil-status/register-death', people.death(replaced), corrects), {
      ...{ status: 409, body: { code: 'state-conflict', detail: /effect in part.*redelivered/ } },
    });

    t.equal((await act(id, 'redeliver')).status, 204);
    await until(
      () => times(id, 'dead'),
      ({ length }) => length === 2,
    );
    isKept(t, await shown(gateway, id, isDead), 'number-not-in-use', deathLegs);
    await setStatus(replaced, 'active');
    t.equal((await act(id, 'redeliver')).status, 204);
    const delivered = await shown(gateway, id, isFinal);
    t.match(delivered, { state: 'delivered', legsDone: deathLegs, result: {} });
    for (const gone of ['problem', 'reason', 'refusal']) t.notOk(gone in delivered, gone);
    const given = (await times(id, 'delivering')).map(({ leg }) => leg);
    t.equal(given.filter((leg) => leg === deathLegs[0]).length, 1, 'what was done is not done again');
    t.match(await shown(gateway, allowance, isFinal), { state: 'delivered' });
    const told = await gateway.ask('/v1/events?event=death-registered', { id: 'VN/GOV/G07/social-protection' });
    t.equal(told.body.events.filter(({ exchangeId }) => exchangeId === id).length, 1);
    await until(health, (all) => all.every(({ reason }) => reason !== 'dead-letters'));
  },
);

t.test(
  'a marriage with a replaced number is given up only by who knows that it stands, and goes on telling it',
  async (t) => {
    const id = await accepted(
      t,
      'G15/civil-status/register-marriage',
      people.marriage(named(people.person(isFree('male'))), alsoReplaced),
    );
    const legs = ['register-marriage.v1', 'record-marriage.v1'];
    isKept(t, await shown(gateway, id, isDead), 'number-not-in-use', legs);
    const reason = 'cannot-be-delivered';
    t.match(await act(id, 'discard', { reason }), {
      ...{ status: 409, body: { detail: /done, and stays so: register-marriage\.v1/ } },
    });
    t.equal((await act(id, 'discard', { reason, legsStand: true })).status, 204);
    const standing = { state: 'discarded', final: true, reason, legsDone: legs.slice(0, 1) };
    t.match(await shown(gateway, id, isFinal), { ...standing, refusal: { code: 'number-not-in-use' } });
    t.match((await notices(id, 'discarded')).at(-1), standing);
    t.match(await act(id, 'redeliver'), { status: 409 });
  },
);

t.test('a gateway that is killed between the refusal and its keeping comes to the same', async (t) => {
  const deceased = named(people.person(({ dateOfBirth }) => dateOfBirth.value < '1960'));
  const before = personOf(deceased.pin).status;
  await setStatus(deceased, 'cancelled');
  const held = stateProxy.holdBack('refused-in-part');
  const id = await accepted(t, 'G15/civil-status/register-death', people.death(deceased));
  await held;
  t.equal((await times(id, 'dead')).length, 1, 'it is in the log already');
  await gateway.kill();
  await gateway.start();
  isKept(t, await shown(gateway, id, isDead), 'number-not-in-use', deathLegs);
  t.equal((await times(id, 'dead')).length, 2);
  await setStatus(deceased, before);
  t.equal((await act(id, 'redeliver')).status, 204);
  t.match(await shown(gateway, id, isFinal), { state: 'delivered', legsDone: deathLegs });
});

t.test('what the first registry refuses, also after its redelivery, is over', async (t) => {
  const { judicial } = place.registries;
  await judicial.down();
  const id = await accepted(t, 'G15/civil-status/register-death', people.death(named(people.deceased())));
  await shown(gateway, id, ({ state }) => state === 'retrying');
  await ageOut(place.stateUrl, id);
  await shown(gateway, id, isDead);
  await judicial.up();
  t.equal((await act(id, 'redeliver')).status, 204);
  t.match(await shown(gateway, id, isFinal), { state: 'refused', reason: 'already-dead', legsDone: [] });
});
