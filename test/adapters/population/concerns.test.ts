/** Whoever's answer a delivery changes is told of, so that no cache goes on giving the old one. */

import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { type SamplePerson, samplePopulation } from '../../../adapters/sample-people/index.ts';
import { openPopulationDeliveries } from '../../support/population-deliveries.ts';
import { createSampleMessages, isMarried, personOf } from '../../support/sample-messages.ts';

t.setTimeout(120_000);

const { registry, deliver } = await openPopulationDeliveries(t);
const messages = createSampleMessages();
const { people } = samplePopulation();
const call = { signal: AbortSignal.timeout(100_000) } as never;

/** Everybody whom the sample connects with one of these, these included. */
function around(pins: readonly string[]): string[] {
  const homes = new Set(pins.map((pin) => personOf(pin).householdCode));
  const names = ({ pin, father, mother, spouse, representative, replaces, replacedBy }: SamplePerson) => [
    pin,
    father?.pin,
    mother?.pin,
    spouse?.pin,
    representative?.pin,
    replaces,
    replacedBy,
  ];
  const named = new Set(pins.flatMap((pin) => names(personOf(pin))));
  const isNear = (one: SamplePerson) =>
    homes.has(one.householdCode) || named.has(one.pin) || names(one).some((pin) => pins.includes(pin ?? ''));
  return people.filter(isNear).map(({ pin }) => pin);
}

async function answersAbout(pin: string): Promise<unknown[]> {
  const services = ['get-person.v1', 'get-household.v1', 'confirm-residence.v1'];
  return Promise.all(services.map((service) => registry.services[service]?.({ pin } as never, call)));
}

async function changedBy(pins: readonly string[], key: string, message: unknown) {
  const near = around(pins);
  const read = () => Promise.all(near.map(answersAbout));
  const before = await read();
  const outcome = await deliver(key, message);
  if (outcome.outcome !== 'done') throw new Error(JSON.stringify(outcome));
  const after = await read();
  const changed = near.filter((_pin, at) => !isDeepStrictEqual(before[at], after[at]));
  return { changed, told: new Set([...pins, ...(outcome.concerns ?? [])]) };
}

const isHoused = (one: SamplePerson) =>
  people.filter(({ householdCode }) => householdCode === one.householdCode).length > 2;
/** Those of one's own age name nobody but their parents. */
const isSibling = ({ pin, relation, householdCode }: SamplePerson) =>
  relation === 'child' &&
  people.some((other) => other.pin !== pin && other.relation === 'child' && other.householdCode === householdCode);
const wedded = (one: SamplePerson) => isHoused(one) && isMarried('female')(one);
const moved = { line: '45 phố Lý Thường Kiệt', commune: { code: '00082', name: 'Phường Cửa Nam' } };
const residence = {
  address: { ...moved, province: { code: '01', name: 'Thành phố Hà Nội' }, asOf: '2026-11-01' },
  since: '2026-11-01',
  authority: 'Công an phường Cửa Nam',
};

/** What is delivered about whom; at least so many others see it. */
const cases: Record<string, () => { pins: string[]; key: string; message: unknown; othersMin: number }> = {
  'a name': () => {
    const one = messages.person(isSibling);
    const message = messages.correction(one, 'fullName', one.fullName, `${one.fullName} An`);
    return { pins: [one.pin], key: 'take-over-correction.v1', message, othersMin: 2 };
  },
  'a date of birth': () => {
    const one = messages.person(isHoused);
    const message = messages.correction(one, 'dateOfBirth', one.dateOfBirth, { value: '1971-02-03', precision: 'day' });
    return { pins: [one.pin], key: 'take-over-correction.v1', message, othersMin: 2 };
  },
  'a mother’s name': () => {
    const one = messages.person((person) => isHoused(person) && person.mother !== undefined);
    const message = messages.correction(one, 'motherName', one.mother?.fullName, 'Trần Thị Mới');
    return { pins: [one.pin], key: 'take-over-correction.v1', message, othersMin: 0 };
  },
  'a day of death': () => {
    const one = messages.deceased();
    const day = { value: '2025-02-03', precision: 'day' };
    const message = messages.correction(one, 'dateOfDeath', one.death?.date, day);
    return { pins: [one.pin], key: 'take-over-correction.v1', message, othersMin: 0 };
  },
  'a death': () => {
    const one = messages.person(wedded);
    return { pins: [one.pin], key: 'close-person.v1', message: messages.death(one), othersMin: 2 };
  },
  'a marriage': () => {
    const message = messages.marriage();
    return { pins: [message.husband.pin, message.wife.pin], key: 'record-marriage.v1', message, othersMin: 0 };
  },
  'a birth': () => {
    const message = messages.birth();
    return { pins: [message.mother.pin], key: 'assign-pin.v1', message, othersMin: 1 };
  },
  'a move out of a household': () => {
    const { pin } = messages.person(isHoused);
    const message = { pin, kind: 'permanent', residence, household: { action: 'found' } };
    return { pins: [pin], key: 'report-residence-change.v1', message, othersMin: 2 };
  },
};

for (const [name, make] of Object.entries(cases)) {
  t.test(`${name}: whoever's answer changes is told of`, async (t) => {
    const { pins, key, message, othersMin } = make();
    const { changed, told } = await changedBy(pins, key, message);
    t.same(
      changed.filter((pin) => !told.has(pin)),
      [],
    );
    const others = changed.filter((pin) => !pins.includes(pin));
    t.ok(others.length >= othersMin, `${others.length} others see it`);
    t.ok(changed.some((pin) => pins.includes(pin)));
  });
}
