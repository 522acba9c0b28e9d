/** The suite of all registries that take deliveries, on the social-affairs registry, on both engines. */

import t from 'tap';
import { castPins, type SamplePerson } from '../../../adapters/sample-people/index.ts';
import adapter from '../../../adapters/social-affairs/adapter.ts';
import { seed } from '../../../adapters/social-affairs/seed.ts';
import { commits, type DeliveryCase, deliveryCase, deliveryContract } from '../../contracts/delivery.ts';
import { countRows } from '../../support/count-rows.ts';
import { createSampleMessages, named, personOf, unknownPin } from '../../support/sample-messages.ts';
import { startMariaDb, startPostgres } from '../../support/servers.ts';

t.setTimeout(120_000);

/** Too young for a benefit of the sample, too old to be anybody's dead. */
const isGrown = ({ dateOfBirth: { value } }: SamplePerson) => value > '1985' && value < '2000';
const isDead = ({ status, dateOfBirth: { value } }: SamplePerson) => status === 'deceased' && value < '1950';

function casesOn(url: string): readonly DeliveryCase[] {
  const people = createSampleMessages();
  const dead = createSampleMessages();
  const count = (sql: string, ...values: unknown[]) => countRows(url, sql, values);
  let serial = 0;
  const decision = () => {
    serial += 1;
    return { number: `T${serial}/QĐ-UBND`, date: '2026-11-10' };
  };
  const grant = (pin: string) => ({
    pin,
    action: 'grant',
    decision: decision(),
    communeCode: '00070',
    category: 'hiv',
    coefficient: 1.5,
    monthlyVnd: 750_000,
    from: '2026-12-01',
  });
  const funeral = (deceased: { pin: string; fullName: string }) => ({
    deceased: named(deceased),
    recipient: named(personOf(castPins.hoa)),
    decision: decision(),
    communeCode: '00070',
    amountVnd: 10_000_000,
  });
  const corrected = (person: SamplePerson) =>
    dead.correction(person, 'dateOfDeath', person.death?.date, { value: '2026-09-30', precision: 'day' });
  return [
    deliveryCase({
      delivery: 'report-benefit-decision.v1',
      fresh: () => ({ message: grant(people.person(isGrown).pin) }),
      effects: ({ message }) =>
        count(
          'SELECT count(*) FROM benefit WHERE pin = $1 AND decision_number = $2',
          message.pin,
          message.decision.number,
        ),
      refused: () => ({ message: grant(unknownPin) }),
      reason: 'unknown-person',
    }),
    deliveryCase({
      delivery: 'report-funeral-allowance.v1',
      fresh: () => ({ message: funeral(dead.deceased(isDead)) }),
      effects: ({ message }) => count('SELECT count(*) FROM funeral_allowance WHERE pin = $1', message.deceased.pin),
      refused: () => ({ message: funeral(personOf(castPins.duc)) }),
      reason: 'not-dead',
    }),
    deliveryCase({
      delivery: 'note-death.v1',
      fresh: () => ({ message: people.death() }),
      effects: ({ message }) =>
        count('SELECT count(*) FROM person WHERE pin = $1 AND deceased_on = $2', message.deceased.pin, '2026-11-15'),
    }),
    deliveryCase({
      delivery: 'note-correction.v1',
      fresh: () => ({ message: corrected(dead.deceased(isDead)) }),
      effects: ({ message }) =>
        count('SELECT count(*) FROM person WHERE pin = $1 AND deceased_on = $2', message.pin, message.newValue.value),
    }),
  ];
}

for (const [engine, startServer] of Object.entries({ postgres: startPostgres, mariadb: startMariaDb } as const)) {
  t.test(engine, async (t) => {
    const { url } = await startServer(t);
    const settings = { url, poolMax: 8, connectTimeoutMs: 500 };
    await seed({ ...settings, connectTimeoutMs: 5000 });
    const finalWord = commits[engine as keyof typeof commits];
    await deliveryContract(t, { definition: adapter, settings, cases: casesOn(url), finalWord });
  });
}
