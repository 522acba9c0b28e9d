/** The suite of all registries that take deliveries, on the population registry. */

import t from 'tap';
import adapter from '../../../adapters/population/adapter.ts';
import { castPins } from '../../../adapters/sample-people/index.ts';
import { commits, type DeliveryCase, deliveryCase, deliveryContract } from '../../contracts/delivery.ts';
import { countRows } from '../../support/count-rows.ts';
import { startEmbeddedHost } from '../../support/embedded-host.ts';
import { createSampleMessages, isMarried, named, unknownPin } from '../../support/sample-messages.ts';

t.setTimeout(120_000);

const host = await startEmbeddedHost(t, 'population');
const settings = await adapter.embedded?.(host);
if (settings === undefined) throw new Error('the adapter has an embedded form');
const people = createSampleMessages();
const count = (sql: string, ...values: unknown[]) => countRows(settings.url, sql, values);

const nobody = { pin: unknownPin, fullName: 'Nguyễn Văn Không' };
const replaced = { pin: castPins.binhReplaced, fullName: 'Phạm An Bình' };
const residence = {
  address: {
    line: '45 phố Lý Thường Kiệt',
    commune: { code: '00082', name: 'Phường Cửa Nam' },
    province: { code: '01', name: 'Thành phố Hà Nội' },
    asOf: '2026-11-01',
  },
  since: '2026-11-01',
  authority: 'Công an phường Cửa Nam',
};
const founding = (pin: string) => ({ pin, kind: 'permanent', residence, household: { action: 'found' } });

const cases: readonly DeliveryCase[] = [
  deliveryCase({
    delivery: 'report-residence-change.v1',
    fresh: () => ({ message: founding(people.person().pin) }),
    effects: ({ message }) =>
      count("SELECT count(*) FROM household WHERE head_pin = $1 AND code LIKE '995%'", message.pin),
    refused: () => ({ message: founding(castPins.sau) }),
    reason: 'number-not-in-use',
  }),
  deliveryCase({
    delivery: 'assign-pin.v1',
    fresh: () => ({ message: people.birth() }),
    effects: ({ message }) =>
      count(
        'SELECT count(*) FROM person WHERE full_name = $1 AND mother_pin = $2',
        message.child.fullName,
        message.mother.pin,
      ),
  }),
  deliveryCase({
    delivery: 'close-person.v1',
    fresh: () => ({ message: people.death() }),
    effects: ({ message }) =>
      count("SELECT count(*) FROM person WHERE pin = $1 AND status = 'deceased'", message.deceased.pin),
    refused: () => ({ message: people.death(replaced) }),
    reason: 'number-not-in-use',
  }),
  deliveryCase({
    delivery: 'record-marriage.v1',
    fresh: () => ({ message: people.marriage() }),
    effects: ({ message: { husband, wife } }) =>
      count('SELECT count(*) FROM person WHERE pin = $1 AND spouse_pin = $2', husband.pin, wife.pin),
    refused: () => ({ message: people.marriage(named(people.person(isMarried('male'))), nobody) }),
    reason: 'unknown-person',
  }),
  deliveryCase({
    delivery: 'take-over-correction.v1',
    fresh: () => {
      const person = people.person();
      return { message: people.correction(person, 'fullName', person.fullName, `${person.fullName} An`) };
    },
    effects: ({ message }) =>
      count('SELECT count(*) FROM person WHERE pin = $1 AND full_name = $2', message.pin, message.newValue),
    refused: () => ({ message: { ...people.correction(people.person(), 'fullName', 'A', 'B'), pin: unknownPin } }),
    reason: 'unknown-person',
  }),
];

const quick = { ...settings, connectTimeoutMs: 500 };
await deliveryContract(t, { definition: adapter, settings: quick, cases, finalWord: commits.postgres });
