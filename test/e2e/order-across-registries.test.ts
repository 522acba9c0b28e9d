/** What is about one of its people at another registry is delivered first, whatever is slow, away, killed or dead. */

import t, { type Test } from 'tap';
import { ageOut } from '../support/dead-letter.ts';
import type { PushGateway } from '../support/push-place.ts';
import { createRegistriesPlace, type Shown, send, shown } from '../support/registries-place.ts';
import { residenceChange } from '../support/residence-change.ts';
import { createSampleMessages, isFree, type NamedPerson, named } from '../support/sample-messages.ts';
import { runSql } from '../support/state-fixture.ts';

t.setTimeout(240_000);

const place = await createRegistriesPlace(t);
const { judicial, population } = place.registries;
const first = await place.gateway();
await first.start();
const second = await place.gateway({
  origin: 'test.example/second',
  deliveries: { keyFile: `${first.data}/keys/delivery.key` },
});
await second.start();
const people = createSampleMessages();
const operator = { role: 'operator' as const, id: 'operator-1' };

async function accepted(t: Test, gateway: PushGateway, service: string, message: unknown): Promise<string> {
  const { status, body } = await send(gateway, service, message);
  t.equal(status, 202, body.detail);
  return body.exchangeId;
}

const register = (t: Test, gateway: PushGateway, what: string, message: unknown) =>
  accepted(t, gateway, `G15/civil-status/register-${what}`, message);

let decisions = 0;
function allowance(deceased: NamedPerson) {
  decisions += 1;
  return {
    deceased,
    recipient: named(people.person()),
    decision: { number: `${decisions}/QĐ-UBND`, date: '2026-11-18' },
    communeCode: '00070',
    amountVnd: 10_000_000,
  };
}

const allow = (t: Test, gateway: PushGateway, deceased: NamedPerson) =>
  accepted(t, gateway, 'G07/social-protection/report-funeral-allowance', allowance(deceased));

/** Of Viet Nam, which is the day of what is registered now. */
const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
const afterwards = { dateOfDeath: { value: today, precision: 'day' }, declaredOn: today };
const isFinal = ({ final }: Shown) => final;
const isRetrying = ({ state }: Shown) => state === 'retrying';

/** All delivered, none begun before the one before it had its end. */
async function inOrder(t: Test, gateway: PushGateway, ids: readonly string[]): Promise<void> {
  const pushes: Shown[] = [];
  for (const id of ids) pushes.push(await shown(gateway, id, isFinal));
  t.same(
    pushes.map(({ state, reason }) => reason ?? state),
    ids.map(() => 'delivered'),
  );
  for (const [at, { transitions }] of pushes.entries()) {
    const begun = transitions.find(({ state }) => state === 'delivering')?.time ?? '';
    const before = pushes[at - 1]?.transitions.at(-1)?.time ?? '';
    t.ok(begun >= before, `begun ${begun}, after ${before}`);
  }
}

t.test('an allowance for a funeral waits for the death while its register is away, others do not', async (t) => {
  await judicial.down();
  const death = people.death();
  const deathId = await register(t, first, 'death', death);
  const allowanceId = await allow(t, second, death.deceased);
  await shown(first, deathId, isRetrying);
  t.match(await shown(second, allowanceId, ({ heldBehind }) => heldBehind !== undefined), {
    state: 'accepted',
    heldBehind: deathId,
  });
  const other = await allow(t, second, named(people.deceased()));
  t.match(await shown(second, other, isFinal), { state: 'delivered' });
  t.match(await shown(second, allowanceId, () => true), { state: 'accepted', heldBehind: deathId });
  await judicial.up();
  await inOrder(t, second, [deathId, allowanceId]);
});

t.test("a wife's death waits for the last leg of her marriage", async (t) => {
  await population.down();
  const marriage = people.marriage();
  const marriageId = await register(t, first, 'marriage', marriage);
  await shown(first, marriageId, ({ legsDone = [] }) => legsDone.length === 1);
  const deathId = await register(t, second, 'death', people.death(marriage.wife, afterwards));
  t.match(await shown(second, deathId, ({ heldBehind }) => heldBehind !== undefined), { heldBehind: marriageId });
  await population.up();
  await inOrder(t, first, [marriageId, deathId]);
});

t.test('what is about a child that has got its number waits for the last leg of its birth', async (t) => {
  const fullName = 'Trần Gia Khánh';
  const birth = people.birth({ declaredOn: '2026-11-20' });
  const child = { ...(birth.child as object), fullName, dateOfBirth: { value: '2025-03-01', precision: 'day' } };
  const birthId = await register(t, first, 'birth', { ...birth, child });
  // Declared late: an official looks at it before there is a number.
  await shown(first, birthId, ({ state }) => state === 'awaiting-pin');
  await judicial.down();
  await shown(first, birthId, isRetrying);
  const [person] = await runSql(place.populationUrl, `SELECT pin FROM person WHERE full_name = '${fullName}'`);
  const change = residenceChange(String(person?.pin), 'nhà của bé');
  const changeId = await accepted(t, second, 'G01/population/report-residence-change', change);
  t.match(await shown(second, changeId, ({ heldBehind }) => heldBehind !== undefined), { heldBehind: birthId });
  await judicial.up();
  await inOrder(t, first, [birthId, changeId]);
});

t.test('pushes that cross each other come to their ends in their order, from two gateways', async (t) => {
  await judicial.down();
  const [one, two] = [named(people.person(isFree('male'))), named(people.person(isFree('male')))];
  const [her, other] = [named(people.person(isFree('female'))), named(people.person(isFree('female')))];
  const child = (mother: NamedPerson, father: NamedPerson) => people.birth({ mother, father, declarant: mother });
  const ids = [
    await register(t, first, 'marriage', people.marriage(one, her)),
    await register(t, second, 'birth', child(her, two)),
    await register(t, first, 'marriage', people.marriage(two, other)),
    await register(t, second, 'birth', child(other, one)),
  ];
  await judicial.up();
  await inOrder(t, first, ids);
});

t.test('a gateway that is killed between leaves the order to the others', async (t) => {
  await judicial.down();
  const death = people.death();
  const deathId = await register(t, second, 'death', death);
  await shown(second, deathId, isRetrying);
  const allowanceId = await allow(t, second, death.deceased);
  await shown(second, allowanceId, ({ heldBehind }) => heldBehind !== undefined);
  await second.kill();
  await judicial.up();
  await inOrder(t, first, [deathId, allowanceId]);
  await second.start();
});

t.test('a dead letter holds what is about the person at another registry, until somebody decides', async (t) => {
  for (const decision of ['redeliver', 'discard']) {
    await judicial.down();
    const death = people.death();
    const deathId = await register(t, first, 'death', death);
    await shown(first, deathId, isRetrying);
    const allowanceId = await allow(t, second, death.deceased);
    await ageOut(place.stateUrl, deathId);
    await shown(first, deathId, ({ state }) => state === 'dead');
    await judicial.up();
    t.match(await shown(first, allowanceId, () => true), { state: 'accepted', heldBehind: deathId });
    const body = decision === 'discard' ? { reason: 'sent-in-error', legsStand: true } : {};
    const done = await first.ask(`/v1/admin/dead-letters/${deathId}/${decision}`, { ...operator, body });
    t.equal(done.status, 204, decision);
    if (decision === 'redeliver') await inOrder(t, second, [deathId, allowanceId]);
    else t.match(await shown(second, allowanceId, isFinal), { state: 'refused', reason: 'not-dead' });
  }
});
