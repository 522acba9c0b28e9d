/** The suite of all registries that take deliveries, on the judicial registry behind HTTP. */

import t from 'tap';
import adapter from '../../../adapters/judicial/adapter.ts';
import { castPins } from '../../../adapters/sample-people/index.ts';
import { type DeliveryCase, deliveryCase, deliveryContract, deliveryOf, give } from '../../contracts/delivery.ts';
import { countRows } from '../../support/count-rows.ts';
import { createSampleMessages, isFree, isMarried, named, personOf } from '../../support/sample-messages.ts';
import { startSampleRegistry } from './sample-registry.ts';

t.setTimeout(120_000);

const { host, settings, registry } = await startSampleRegistry(t);
const { url } = await host.database('judicial');
const people = createSampleMessages();
const count = (sql: string, ...values: unknown[]) => countRows(url, sql, values);
let serial = 0;

/** A birth that the registry has entered, and a number for the child. */
async function enteredBirth() {
  serial += 1;
  const message = people.birth();
  const outcome = await give(registry, deliveryOf({ delivery: 'register-birth.v1' }, { message }));
  const entered = 'result' in outcome ? outcome.result : undefined;
  const pin = `099326${String(900_000 + serial)}`;
  return { message, results: { 'register-birth.v1': entered ?? {}, 'assign-pin.v1': { pin } } };
}

const cases: readonly DeliveryCase[] = [
  deliveryCase({
    delivery: 'register-birth.v1',
    fresh: () => ({ message: people.birth() }),
    effects: ({ message }) =>
      count('SELECT count(*) FROM khai_sinh_cho_so WHERE me_so_dinh_danh = $1', message.mother.pin),
    refused: async () => {
      const { message } = await enteredBirth();
      return { message };
    },
    reason: 'already-registered',
  }),
  deliveryCase({
    delivery: 'record-pin.v1',
    fresh: enteredBirth,
    effects: ({ results }) =>
      count('SELECT count(*) FROM khai_sinh WHERE so_dinh_danh = $1', results?.['assign-pin.v1']?.pin),
  }),
  deliveryCase({
    delivery: 'register-death.v1',
    fresh: () => ({ message: people.death() }),
    effects: ({ message }) => count('SELECT count(*) FROM khai_tu WHERE so_dinh_danh = $1', message.deceased.pin),
    refused: () => ({ message: people.death(named(personOf(castPins.sau))) }),
    reason: 'already-dead',
  }),
  deliveryCase({
    delivery: 'register-marriage.v1',
    fresh: () => ({ message: people.marriage() }),
    effects: ({ message: { husband, wife } }) =>
      count(
        'SELECT count(*) FROM ket_hon WHERE chong_so_dinh_danh = $1 AND vo_so_dinh_danh = $2',
        husband.pin,
        wife.pin,
      ),
    refused: () => ({
      message: people.marriage(named(people.person(isMarried('male'))), named(people.person(isFree('female')))),
    }),
    reason: 'not-free-to-marry',
  }),
  deliveryCase({
    delivery: 'correct-civil-status.v1',
    fresh: () => {
      const person = people.person();
      return { message: people.correction(person, 'fullName', person.fullName, `${person.fullName} An`) };
    },
    effects: ({ message }) => count('SELECT count(*) FROM cai_chinh WHERE so_dinh_danh = $1', message.pin),
    refused: () => ({ message: people.correction(people.person(), 'fullName', 'Lê Văn Khác', 'Lê Văn Mới') }),
    reason: 'value-differs',
  }),
];

await deliveryContract(t, { definition: adapter, settings, cases });
