/** The four services of the population registry: one query each, and its rows in the shape of the messages. */

import { type Call, matchName, type ServiceHandler, type SqlRow, type SqlSource } from '../../src/adapter-kit/index.ts';
import { matchDate } from './date-match.ts';
import { address, birthDate, person, pinStatus, residence, sex } from './rows.ts';

interface Asked {
  readonly pin: string;
}

interface Claim extends Asked {
  readonly fullName: string;
  readonly dateOfBirth: { readonly value: string; readonly precision: string };
  readonly sex?: string;
}

export function populationServices(source: SqlSource): Readonly<Record<string, ServiceHandler>> {
  const ask = (name: string, { pin }: Asked, { signal }: Call) => source.query(name, { pin }, signal);
  return {
    'verify-identity.v1': async (claim: Claim, call: Call) =>
      found('match', match(await ask('identity', claim, call), claim)),
    'get-person.v1': async (asked: Asked, call: Call) => {
      const [row] = await ask('person', asked, call);
      return found('person', row && person(row));
    },
    'get-household.v1': async (asked: Asked, call: Call) =>
      found('household', household(await ask('household', asked, call))),
    'confirm-residence.v1': async (asked: Asked, call: Call) =>
      found('residence', residences(await ask('residence', asked, call))),
  };
}

function found(record: string, value: object | undefined): object {
  return value === undefined ? { found: false } : { found: true, [record]: value };
}

/** Levels only: whoever asks learns nothing but how well their own words fit. */
function match([row]: readonly SqlRow[], claim: Claim): object | undefined {
  if (row === undefined) return undefined;
  const status = pinStatus(row);
  return {
    fullName: matchName(claim.fullName, String(row.full_name)),
    dateOfBirth: matchDate(claim.dateOfBirth, birthDate(row)),
    ...(claim.sex !== undefined && { sex: claim.sex === sex(row) ? 'exact' : 'none' }),
    ...(status !== undefined && { pinStatus: status }),
  };
}

function household(rows: readonly SqlRow[]): object | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const head = rows.find(({ pin }) => pin === first.head_pin);
  return {
    code: first.code,
    ...(head !== undefined && { head: { pin: head.pin, fullName: head.full_name } }),
    members: rows.map((row) => ({
      pin: row.pin,
      fullName: row.full_name,
      dateOfBirth: birthDate(row),
      sex: sex(row),
      relation: row.relation,
    })),
    residence: address(first),
  };
}

function residences(rows: readonly SqlRow[]): object | undefined {
  if (rows.length === 0) return undefined;
  return Object.fromEntries(rows.map((row) => [row.kind, residence(row)]));
}
