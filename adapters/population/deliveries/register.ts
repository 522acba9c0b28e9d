/** What the changes of the population register have in common: persons and households that are held until a change is done. */

import type { SqlTransaction, SqlValue } from '../../../src/adapter-kit/index.ts';

/** A row of held-persons.sql. */
export interface HeldPerson {
  readonly pin: string;
  readonly status: 'active' | 'deceased' | 'missing' | 'cancelled' | 'replaced';
  readonly fullName: string;
  readonly householdCode: string | undefined;
  readonly relation: string | undefined;
}

export interface Address {
  readonly line: string;
  readonly commune: Unit;
  readonly district?: Unit;
  readonly province: Unit;
  readonly asOf: string;
}

interface Unit {
  readonly code: string;
  readonly name: string;
}

/** Numbers that are absent, or that the register does not know, are not in the map. */
export async function holdPersons(
  register: SqlTransaction,
  first: string | undefined,
  second = first,
): Promise<ReadonlyMap<string, HeldPerson>> {
  if (first === undefined && second === undefined) return new Map();
  const pins = { first: first ?? null, second: second ?? null };
  await register.query('lock-persons', pins);
  return readHeld(register, pins);
}

/** For changes that also write to the rows of those who name the person; they are held, too, and not in the map. */
export async function holdWithRelatives(
  register: SqlTransaction,
  pin: string,
): Promise<ReadonlyMap<string, HeldPerson>> {
  await register.query('lock-relatives', { pin });
  return readHeld(register, { first: pin, second: pin });
}

async function readHeld(
  register: SqlTransaction,
  pins: Readonly<Record<'first' | 'second', SqlValue>>,
): Promise<ReadonlyMap<string, HeldPerson>> {
  const rows = await register.query('held-persons', pins);
  return new Map(
    rows.map((row) => [
      String(row.pin),
      {
        pin: String(row.pin),
        status: row.status as HeldPerson['status'],
        fullName: String(row.full_name),
        householdCode: typeof row.household_code === 'string' ? row.household_code : undefined,
        relation: typeof row.relation === 'string' ? row.relation : undefined,
      },
    ]),
  );
}

/** The dead and the numbers out of use take no further changes. */
export function isLiving({ status }: HeldPerson): boolean {
  return status === 'active' || status === 'missing';
}

/** In the order of the household book. */
export async function membersOf(register: SqlTransaction, code: string): Promise<string[]> {
  return (await register.query('household-pins', { code })).map(({ pin }) => String(pin));
}

/** The others in the household, which is held: nobody joins it until the change that they are told of is done. */
export async function housematesOf(register: SqlTransaction, { pin, householdCode }: HeldPerson): Promise<string[]> {
  if (householdCode === undefined) return [];
  await register.query('lock-household', { code: householdCode });
  return (await membersOf(register, householdCode)).filter((other) => other !== pin);
}

/** Takes a person out of the household; whoever comes next in the book heads it then. Resolves with those who stay. */
export async function leaveHousehold(register: SqlTransaction, { pin, householdCode }: HeldPerson): Promise<string[]> {
  if (householdCode === undefined) return [];
  const [household] = await register.query('lock-household', { code: householdCode });
  await register.query('leave-household', { pin });
  const staying = await membersOf(register, householdCode);
  const [next] = staying;
  if (household?.head_pin === pin && next !== undefined) {
    await register.query('next-head', { code: householdCode, pin: next });
    await register.query('relation-head', { pin: next });
  }
  return staying;
}

export function addressColumns({ line, commune, district, province, asOf }: Address): Record<string, SqlValue> {
  return {
    line,
    commune_code: commune.code,
    commune_name: commune.name,
    district_code: district?.code ?? null,
    district_name: district?.name ?? null,
    province_code: province.code,
    province_name: province.name,
    codes_as_of: asOf,
  };
}

/** The parts of a date YYYY, YYYY-MM or YYYY-MM-DD. */
export function partsOf({ value }: { readonly value: string }): { year: number; month: SqlValue; day: SqlValue } {
  const [year, month, day] = value.split('-').map(Number);
  return { year: year ?? 0, month: month ?? null, day: day ?? null };
}
