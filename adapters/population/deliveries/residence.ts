/** Changes of residence, and what the permanent one means for households. */

import type { Delivery, DeliveryOutcome, SqlTransaction } from '../../../src/adapter-kit/index.ts';
import { refusals } from './refusals.ts';
import {
  type Address,
  addressColumns,
  type HeldPerson,
  holdPersons,
  isLiving,
  leaveHousehold,
  membersOf,
} from './register.ts';

interface Change {
  readonly pin: string;
  readonly kind: 'permanent' | 'temporary' | 'current';
  readonly residence: { readonly address: Address; readonly since: string; readonly authority: string };
  readonly household?: Household;
}

type Household =
  | { readonly action: 'found' | 'move' }
  | { readonly action: 'join'; readonly code: string; readonly relation: string };

export async function changeResidence(register: SqlTransaction, { message }: Delivery): Promise<DeliveryOutcome> {
  const change = message as Change;
  const { pin, kind, residence } = change;
  const person = (await holdPersons(register, pin)).get(pin);
  if (person === undefined) return refusals.unknownPerson;
  if (!isLiving(person)) return refusals.notInUse;
  const [held] = await register.query('held-since', { pin, kind });
  if (typeof held?.since === 'string' && held.since > residence.since) return refusals.olderThanHeld;
  switch (change.household?.action) {
    case undefined:
      await settle(register, pin, change);
      return { outcome: 'done', result: { since: residence.since } };
    case 'found':
      return found(register, person, change);
    case 'join':
      return join(register, person, change, change.household);
    case 'move':
      return move(register, person, change);
  }
}

async function settle(register: SqlTransaction, pin: string, { kind, residence }: Change): Promise<void> {
  const { address, since, authority } = residence;
  await register.query('set-residence', { pin, kind, ...addressColumns(address), since, authority });
}

async function found(register: SqlTransaction, person: HeldPerson, change: Change): Promise<DeliveryOutcome> {
  const { pin } = person;
  const staying = await leaveHousehold(register, person);
  const [household] = await register.query('found-household', { pin, ...addressColumns(change.residence.address) });
  const code = String(household?.code);
  await register.query('join-household', { pin, code, relation: 'head' });
  await settle(register, pin, change);
  return done(change, code, staying);
}

async function join(
  register: SqlTransaction,
  person: HeldPerson,
  change: Change,
  { code, relation }: { readonly code: string; readonly relation: string },
): Promise<DeliveryOutcome> {
  const { address } = change.residence;
  const [household] = await register.query('lock-household', { code });
  const members = await membersOf(register, code);
  if (household === undefined || members.length === 0) return refusals.unknownHousehold;
  if (household.commune_code !== address.commune.code || household.province_code !== address.province.code) {
    return refusals.householdElsewhere;
  }
  const staying = person.householdCode === code ? [] : await leaveHousehold(register, person);
  if (person.householdCode !== code) await register.query('join-household', { pin: person.pin, code, relation });
  await settle(register, person.pin, change);
  return done(change, code, [...staying, ...members]);
}

async function move(register: SqlTransaction, person: HeldPerson, change: Change): Promise<DeliveryOutcome> {
  const code = person.householdCode;
  if (code === undefined) return refusals.noHousehold;
  await register.query('lock-household', { code });
  await register.query('move-household', { code, ...addressColumns(change.residence.address) });
  const members = await membersOf(register, code);
  for (const pin of members) await settle(register, pin, change);
  return done(change, code, members);
}

function done({ pin, residence }: Change, householdCode: string, touched: readonly string[]): DeliveryOutcome {
  const concerns = [...new Set(touched)].filter((other) => other !== pin);
  return { outcome: 'done', result: { since: residence.since, householdCode }, concerns };
}
