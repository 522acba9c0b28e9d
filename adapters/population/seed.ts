/** Fills the sample registry with the synthetic population. */

import { readFile } from 'node:fs/promises';
import { type SqlSeeder, type SqlSourceSettings, type SqlValue, seedDatabase } from '../../src/adapter-kit/index.ts';
import { type SamplePerson, samplePopulation, sampleVersion } from '../sample-people/index.ts';
import { addressColumns } from './deliveries/register.ts';

/** Changes with schema.sql and with what is below. */
const tablesVersion = 'population-2';

/** Leaves a database that has this sample as it is. Throws SourceError. */
export async function seed(settings: Pick<SqlSourceSettings, 'url' | 'connectTimeoutMs'>): Promise<void> {
  const schema = await readFile(new URL('./schema.sql', import.meta.url), 'utf8');
  await seedDatabase(settings, {
    version: `${tablesVersion} ${sampleVersion}`,
    fill: async (seeder) => {
      await seeder.executeScript(schema);
      await fill(seeder);
    },
  });
}

async function fill(seeder: SqlSeeder): Promise<void> {
  const { people, households } = samplePopulation();
  const living = people.filter(({ status }) => status === 'active' || status === 'missing');
  await insert(seeder, 'person', people.map(personRow));
  await insert(seeder, 'residence', living.flatMap(residenceRows));
  await insert(
    seeder,
    'household',
    households.map(({ code, head, residence }) => ({ code, head_pin: head.pin ?? null, ...addressColumns(residence) })),
  );
  const relations = new Map(people.map(({ pin, relation }) => [pin, relation]));
  await insert(
    seeder,
    'household_member',
    households.flatMap(({ code, members }) =>
      members.map((pin, place) => ({ pin, household_code: code, place, relation: relations.get(pin) ?? 'other' })),
    ),
  );
}

type Columns = Readonly<Record<string, SqlValue>>;

/** The first row names the columns: rows of a table all have the same, in the same order. */
async function insert(seeder: SqlSeeder, table: string, rows: readonly Columns[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  await seeder.insertRows(
    table,
    columns,
    rows.map((row) => Object.values(row)),
  );
}

function personRow(person: SamplePerson): Columns {
  const [year, month, day] = person.dateOfBirth.value.split('-');
  return {
    pin: person.pin,
    status: person.status,
    replaced_by: person.replacedBy ?? null,
    full_name: person.fullName,
    other_name: person.otherName ?? null,
    birth_year: Number(year),
    birth_month: month === undefined ? null : Number(month),
    birth_day: day === undefined ? null : Number(day),
    sex: { female: 0, male: 1, other: 2 }[person.sex],
    birth_registration_code: person.birthRegistrationPlace.code,
    birth_registration_name: person.birthRegistrationPlace.name,
    native_place: person.nativePlace,
    ethnicity: person.ethnicity,
    religion: person.religion,
    nationality: person.nationality,
    blood_group: person.bloodGroup ?? null,
    old_identity_number: person.oldIdentityNumber ?? null,
    marital_status: person.maritalStatus,
    ...familyColumns(person),
    died_on: person.death?.date.precision === 'day' ? person.death.date.value : null,
    phone: person.phone ?? null,
    email: person.email ?? null,
  };
}

function familyColumns({ father, mother, spouse, representative }: SamplePerson): Columns {
  return {
    father_pin: father?.pin ?? null,
    father_name: father?.fullName ?? null,
    mother_pin: mother?.pin ?? null,
    mother_name: mother?.fullName ?? null,
    spouse_pin: spouse?.pin ?? null,
    spouse_name: spouse?.fullName ?? null,
    representative_pin: representative?.pin ?? null,
    representative_name: representative?.fullName ?? null,
  };
}

function residenceRows({ pin, permanent, temporary, current }: SamplePerson): readonly Columns[] {
  const kinds = { permanent, ...(temporary !== undefined && { temporary }), current };
  return Object.entries(kinds).map(([kind, { address, since, authority }]) => ({
    pin,
    kind,
    ...addressColumns(address),
    since,
    authority,
  }));
}
