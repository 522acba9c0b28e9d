/** Takes over what the civil-status register has entered: deaths, marriages, corrections. */

import type { Delivery, DeliveryOutcome, SqlTransaction } from '../../../src/adapter-kit/index.ts';
import { refusals } from './refusals.ts';
import { holdPersons, holdWithRelatives, housematesOf, isLiving, leaveHousehold, partsOf } from './register.ts';

interface PartialDate {
  readonly value: string;
  readonly precision: string;
}

export async function closePerson(register: SqlTransaction, { message }: Delivery): Promise<DeliveryOutcome> {
  const { deceased, dateOfDeath } = message as { deceased: { pin: string }; dateOfDeath: PartialDate };
  const { pin } = deceased;
  const person = (await holdWithRelatives(register, pin)).get(pin);
  if (person === undefined) return refusals.unknownPerson;
  // Told by somebody else before: there is nothing left to close.
  if (person.status === 'deceased') return { outcome: 'done' };
  if (!isLiving(person)) return refusals.notInUse;
  await register.query('close-person', { pin, died_on: wholeDay(dateOfDeath) });
  const widowed = await register.query('widow', { pin });
  await register.query('end-residences', { pin });
  const left = await leaveHousehold(register, person);
  return { outcome: 'done', concerns: [...new Set([...widowed.map((row) => String(row.pin)), ...left])] };
}

export async function recordMarriage(register: SqlTransaction, { message }: Delivery): Promise<DeliveryOutcome> {
  const { husband, wife } = message as Record<'husband' | 'wife', { pin: string }>;
  const held = await holdPersons(register, husband.pin, wife.pin);
  const [man, woman] = [held.get(husband.pin), held.get(wife.pin)];
  if (man === undefined || woman === undefined) return refusals.unknownPerson;
  if (!isLiving(man) || !isLiving(woman)) return refusals.notInUse;
  await register.query('marry', { pin: man.pin, spouse_pin: woman.pin, spouse_name: woman.fullName });
  await register.query('marry', { pin: woman.pin, spouse_pin: man.pin, spouse_name: man.fullName });
  return { outcome: 'done' };
}

interface Correction {
  readonly pin: string;
  readonly field: 'fullName' | 'dateOfBirth' | 'motherName' | 'fatherName' | 'dateOfDeath';
  readonly newValue: string | PartialDate;
}

/** The old value was checked where the fact is registered; this register follows. */
export async function takeOverCorrection(register: SqlTransaction, { message }: Delivery): Promise<DeliveryOutcome> {
  const { pin, field, newValue } = message as Correction;
  const hold = field === 'fullName' ? holdWithRelatives : holdPersons;
  const person = (await hold(register, pin)).get(pin);
  if (person === undefined) return refusals.unknownPerson;
  if (typeof newValue === 'string') {
    const name = newValue.normalize('NFC');
    const file = { fullName: 'correct-name', motherName: 'correct-mother', fatherName: 'correct-father' }[
      field as string
    ];
    const changed = await register.query(file ?? '', { pin, name });
    // Parents' names are in nobody's household.
    const housemates = field === 'fullName' ? await housematesOf(register, person) : [];
    const concerned = new Set([...changed.map((row) => String(row.pin)), ...housemates]);
    return { outcome: 'done', concerns: [...concerned].filter((other) => other !== pin) };
  }
  if (field === 'dateOfDeath') {
    await register.query('correct-death', { pin, died_on: wholeDay(newValue) });
    return { outcome: 'done' };
  }
  await register.query('correct-birth', { pin, ...partsOf(newValue) });
  return { outcome: 'done', concerns: await housematesOf(register, person) };
}

function wholeDay({ value, precision }: PartialDate): string | null {
  return precision === 'day' ? value : null;
}
