/** Rows of the registry in the shapes of the messages; what is NULL is left out. */

import { SourceError, type SqlRow } from '../../src/adapter-kit/index.ts';

export interface PartialDate {
  readonly value: string;
  readonly precision: 'year' | 'month' | 'day';
}

/** The registry codes sex by numbers of its own. */
const sexes: Readonly<Record<string, string>> = { 0: 'female', 1: 'male', 2: 'other' };

export function sex(row: SqlRow): string {
  const known = sexes[String(row.sex)];
  if (known === undefined) throw new SourceError('answer-invalid', 'population: unknown code in the column sex');
  return known;
}

export function birthDate({ birth_year, birth_month, birth_day }: SqlRow): PartialDate {
  const year = String(birth_year).padStart(4, '0');
  if (birth_month === null) return { value: year, precision: 'year' };
  const month = `${year}-${String(birth_month).padStart(2, '0')}`;
  if (birth_day === null) return { value: month, precision: 'month' };
  return { value: `${month}-${String(birth_day).padStart(2, '0')}`, precision: 'day' };
}

/** Stated only where the number is not that of a living person any more. */
export function pinStatus({ status }: SqlRow): unknown {
  return status === 'active' || status === 'missing' ? undefined : status;
}

export function address(row: SqlRow): object {
  return {
    line: row.line,
    commune: { code: row.commune_code, name: row.commune_name },
    ...(row.district_code !== null && { district: { code: row.district_code, name: row.district_name } }),
    province: { code: row.province_code, name: row.province_name },
    asOf: row.codes_as_of,
  };
}

export function residence(row: SqlRow): object {
  return { address: address(row), since: row.since, authority: row.authority };
}

export function person(row: SqlRow): object {
  return present({
    pin: row.pin,
    status: row.status,
    replacedBy: row.replaced_by,
    fullName: row.full_name,
    otherName: row.other_name,
    dateOfBirth: birthDate(row),
    sex: sex(row),
    birthRegistrationPlace: { code: row.birth_registration_code, name: row.birth_registration_name },
    nativePlace: row.native_place,
    ethnicity: row.ethnicity,
    religion: row.religion,
    nationality: row.nationality,
    bloodGroup: row.blood_group,
    oldIdentityNumber: row.old_identity_number,
    residence: addresses(row.residences),
    maritalStatus: row.marital_status,
    father: reference(row.father_pin, row.father_name),
    mother: reference(row.mother_pin, row.mother_name),
    spouse: reference(row.spouse_pin, row.spouse_name),
    representative: reference(row.representative_pin, row.representative_name),
    householdCode: row.household_code,
    death: row.died_on === null ? null : { date: row.died_on },
    phone: row.phone,
    email: row.email,
  });
}

function addresses(residences: unknown): object | null {
  if (!Array.isArray(residences)) return null;
  const byKind: Record<string, object> = {};
  for (const row of residences as readonly SqlRow[]) byKind[String(row.kind)] = address(row);
  return byKind;
}

function reference(pin: unknown, fullName: unknown): object | null {
  return fullName === null ? null : present({ pin, fullName });
}

/** By hand: made of lists of pairs, a person takes more than twice as long. */
function present(fields: Readonly<Record<string, unknown>>): object {
  const present: Record<string, unknown> = {};
  for (const name in fields) if (fields[name] !== null) present[name] = fields[name];
  return present;
}
