/** Gives a child its number and enters it where its mother lives. */

import {
  type Delivery,
  type DeliveryOutcome,
  dayInVietNam,
  type SqlTransaction,
} from '../../../src/adapter-kit/index.ts';
import { type HeldPerson, holdPersons, isLiving, membersOf, partsOf } from './register.ts';

interface NamedPerson {
  readonly pin?: string;
  readonly fullName: string;
}

interface Birth {
  readonly child: {
    readonly fullName: string;
    readonly dateOfBirth: { readonly value: string };
    readonly sex: 'male' | 'female';
    readonly nativePlace?: string;
    readonly ethnicity?: string;
  };
  readonly mother?: NamedPerson;
  readonly father?: NamedPerson;
  readonly birthRegistrationPlace: { readonly code: string; readonly name: string };
  readonly declaredOn: string;
}

/** Law on Civil Status, article 15: a birth is to be declared within 60 days. Later ones are checked by an official first. */
const timelyDays = 60;
/** How long the sample's official takes, milliseconds. */
const checkMs = 5_000;
/** No province has it: children of the sample registry are recognisably synthetic. */
const samplePlace = '099';
const dayMs = 86_400_000;

export async function assignPin(register: SqlTransaction, delivery: Delivery): Promise<DeliveryOutcome> {
  const birth = delivery.message as Birth;
  if (isLate(birth) && !(await isApproved(register, delivery.exchangeId))) {
    return { outcome: 'waiting', retryAfterMs: checkMs };
  }
  const { mother, father } = birth;
  const held = await holdPersons(register, mother?.pin, father?.pin);
  const parents = [mother?.pin, father?.pin].flatMap((pin) => held.get(pin ?? '') ?? []).filter(isLiving);
  const pin = await createPerson(register, birth, parents[0]);
  const home = parents.find(({ householdCode }) => householdCode !== undefined);
  if (home?.householdCode === undefined) return { outcome: 'done', result: { pin } };
  const code = home.householdCode;
  const [household] = await register.query('lock-household', { code });
  const others = await membersOf(register, code);
  const relation = relationTo(String(household?.head_pin), home, [mother?.pin, father?.pin]);
  await register.query('join-household', { pin, code, relation });
  const since = dayInVietNam(delivery.acceptedAtMs);
  await register.query('copy-residences', { pin, parent: home.pin, since });
  return { outcome: 'done', result: { pin, householdCode: code }, concerns: others };
}

/** Of a date that is not known to the day the first day counts. */
function isLate({ child, declaredOn }: Birth): boolean {
  const born = `${child.dateOfBirth.value}-01-01`.slice(0, 10);
  return Date.parse(declaredOn) - Date.parse(born) > timelyDays * dayMs;
}

async function isApproved(register: SqlTransaction, exchangeId: string): Promise<boolean> {
  const [request] = await register.query('pin-ready', { exchange_id: exchangeId });
  if (request === undefined) await register.query('ask-pin', { exchange_id: exchangeId, wait_ms: checkMs });
  return request?.ready === true;
}

async function createPerson(register: SqlTransaction, birth: Birth, parent: HeldPerson | undefined): Promise<string> {
  const { child, mother, father, birthRegistrationPlace: place } = birth;
  const { year, month, day } = partsOf(child.dateOfBirth);
  const [free] = await register.query('free-pin', { opening: openingOf(year, child.sex) });
  const pin = String(free?.pin);
  await register.query('create-person', {
    pin,
    full_name: child.fullName.normalize('NFC'),
    birth_year: year,
    birth_month: month,
    birth_day: day,
    sex: child.sex === 'male' ? 1 : 0,
    place_code: place.code,
    place_name: place.name,
    native_place: child.nativePlace ?? null,
    ethnicity: child.ethnicity ?? null,
    father_pin: father?.pin ?? null,
    father_name: father?.fullName.normalize('NFC') ?? null,
    mother_pin: mother?.pin ?? null,
    mother_name: mother?.fullName.normalize('NFC') ?? null,
    representative_pin: parent?.pin ?? null,
    representative_name: parent?.fullName ?? null,
  });
  return pin;
}

/** Place, century with sex, year: 1900s male 0 and female 1, 2000s 2 and 3 … */
function openingOf(year: number, sex: 'male' | 'female'): string {
  const century = 2 * (Math.floor(year / 100) - 19) + (sex === 'male' ? 0 : 1);
  return `${samplePlace}${century}${String(year % 100).padStart(2, '0')}`;
}

/** What the child is to the head of the household. */
function relationTo(headPin: string, home: HeldPerson, parents: readonly (string | undefined)[]): string {
  if (parents.includes(headPin)) return 'child';
  return home.relation === 'child' ? 'grandchild' : 'other';
}
