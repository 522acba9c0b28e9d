/** Pushes of three kinds, over one registry and over three, and how often each has taken effect where it should. */

import { type SamplePerson, samplePopulation } from '../../adapters/sample-people/index.ts';
import { sqlSource } from '../../src/adapter-kit/index.ts';
import type { Random } from '../support/random-fixture.ts';
import { residenceChange } from '../support/residence-change.ts';
import { createSampleMessages, named } from '../support/sample-messages.ts';
import type { ChaosPlace } from './place.ts';
import { questionPeople } from './questions.ts';
import type { Residents } from './residents.ts';

export interface Push {
  readonly service: string;
  /** X-Road-Id: the same at each try. */
  readonly name: string;
  readonly message: object;
  /** Whom no reply may name. */
  readonly pin: string;
  /** Each is to be found exactly once, as `{where} {what}`. */
  readonly effects: readonly string[];
  /** The line by which somebody lives from then on about whom questions are asked. */
  readonly line?: string;
}

export interface Pushes {
  /** Half of those who move are residents, where there are any. */
  next(random: Random, residents?: Residents): Push;
  /** Who may be asked about as well. */
  readonly residentPins: readonly string[];
}

/** Families stand together: whoever is far from those who are asked about is no kin of theirs. */
const marginPeople = 100;
/** Everybody may move again and again; there is one grant and one death for each. */
const movingPeople = 200;
/** Few, so that an answer about each is kept when they move, also in a short run. */
const residentPeople = 6;

export function createPushes(): Pushes {
  const messages = createSampleMessages();
  const adults = samplePopulation()
    .people.slice(20 + questionPeople + marginPeople)
    .filter(isLivingAdult);
  const residentPins = adults.splice(0, residentPeople).map(({ pin }) => pin);
  const moving = adults.splice(0, movingPeople);
  let serial = 0;

  const move = (name: string, random: Random, residents: Residents | undefined): Push => {
    const line = `so ${name}`;
    const service = 'VN/GOV/G01/population/report-residence-change';
    const resident = random.chance(0.5) ? residents?.free(random) : undefined;
    const push = { service, name, effects: [`residence-lines ${line}`] };
    if (resident === undefined) return { ...push, ...changeOf(random.pick(moving).pin, line) };
    residents?.moves(resident, line);
    return { ...push, ...changeOf(resident, line), line };
  };
  const grantTo = ({ pin }: SamplePerson, name: string): Push => {
    const number = `${name}/QĐ-UBND`;
    const service = 'VN/GOV/G07/social-protection/report-benefit-decision';
    return { service, name, message: grant(pin, number), pin, effects: [`benefits ${number}`] };
  };
  const bury = (person: SamplePerson, name: string): Push => {
    const service = 'VN/GOV/G15/civil-status/register-death';
    const places = ['deaths-registered', 'persons-closed', 'deaths-noted'];
    const effects = places.map((place) => `${place} ${person.pin}`);
    return { service, name, message: messages.death(named(person)), pin: person.pin, effects };
  };
  return {
    residentPins,
    next(random, residents) {
      serial += 1;
      const name = `chaos-${serial}`;
      const once = random.pick([undefined, grantTo, bury]);
      const person = once === undefined ? undefined : adults.shift();
      return once === undefined || person === undefined ? move(name, random, residents) : once(person, name);
    },
  };
}

const changeOf = (pin: string, line: string) => ({ pin, message: residenceChange(pin, line) });

const isLivingAdult = ({ status, maritalStatus, dateOfBirth }: SamplePerson) =>
  status === 'active' && maritalStatus === 'single' && Number(dateOfBirth.value.slice(0, 4)) < 2000;

const grant = (pin: string, number: string) => ({
  pin,
  action: 'grant',
  decision: { number, date: '2026-10-01' },
  communeCode: '00070',
  category: 'hiv',
  coefficient: 1.5,
  monthlyVnd: 750_000,
  from: '2026-10-01',
});

/** How often each effect is in the registries. */
export async function countEffects({ sources, judicialUrl }: ChaosPlace): Promise<ReadonlyMap<string, number>> {
  const judicial = { url: judicialUrl, poolMax: 1, connectTimeoutMs: 5000 };
  const statements = [
    [sources.population, ['residence-lines', 'persons-closed']],
    [judicial, ['deaths-registered']],
    [sources['social-affairs'], ['benefits', 'deaths-noted']],
  ] as const;
  const counts = new Map<string, number>();
  for (const [settings, names] of statements) {
    const registry = sqlSource({ ...settings, poolMax: 1 }, new URL('./sql/', import.meta.url));
    for (const name of names) {
      for (const { effect } of await registry.query(name, {})) {
        const found = `${name} ${effect}`;
        counts.set(found, (counts.get(found) ?? 0) + 1);
      }
    }
    await registry.close();
  }
  return counts;
}
