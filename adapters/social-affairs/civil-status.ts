/** Takes over what the civil-status register has entered: deaths, and corrections of the name and of the two dates that benefits depend on. */

import type { DeliveryOutcome, SqlTransaction } from '../../src/adapter-kit/index.ts';

interface PartialDate {
  readonly value: string;
}

interface Death {
  readonly deceased: { readonly pin: string };
  readonly dateOfDeath: PartialDate;
}

/** Whoever this registry does not know receives nothing from it: there is nothing to stop. */
export async function noteDeath(registry: SqlTransaction, { deceased, dateOfDeath }: Death): Promise<DeliveryOutcome> {
  const { pin } = deceased;
  const [person] = await registry.query('lock-person', { pin });
  if (person !== undefined && person.deceased_on === null) await enterDeath(registry, pin, dateOfDeath);
  return { outcome: 'done' };
}

interface Correction {
  readonly pin: string;
  readonly field: 'fullName' | 'dateOfBirth' | 'motherName' | 'fatherName' | 'dateOfDeath';
  readonly newValue: string | PartialDate;
}

/** The old value was checked where the fact is registered; this registry follows. It holds no parents. */
export async function noteCorrection(
  registry: SqlTransaction,
  { pin, field, newValue }: Correction,
): Promise<DeliveryOutcome> {
  if (field === 'motherName' || field === 'fatherName') return { outcome: 'done' };
  const [person] = await registry.query('lock-person', { pin });
  if (person === undefined) return { outcome: 'done' };
  if (typeof newValue === 'string') {
    await registry.query('correct-name', { pin, full_name: newValue.normalize('NFC') });
  } else if (field === 'dateOfBirth') {
    await registry.query('correct-birth', { pin, date_of_birth: newValue.value });
  } else {
    await registry.query('resume-benefits', { pin });
    await enterDeath(registry, pin, newValue);
  }
  return { outcome: 'done' };
}

async function enterDeath(registry: SqlTransaction, pin: string, { value }: PartialDate): Promise<void> {
  await registry.query('note-death', { pin, deceased_on: value });
  // Of a date that is not known to the day the first day counts.
  await registry.query('end-benefits', { pin, day: `${value}-01-01`.slice(0, 10) });
}
