/** Pushes of three kinds, over one registry and over three, and how often each has taken effect where it should. */

import { sqlSource } from '../../src/adapter-kit/index.ts';
import type { Random } from '../support/random-fixture.ts';
import { residenceChange } from '../support/residence-change.ts';
import { createSampleMessages, named } from '../support/sample-messages.ts';
import type { ChaosPlace } from './place.ts';
import { questionPeople } from './questions.ts';

export interface Push {
  readonly service: string;
  /** X-Road-Id: the same at each try. */
  readonly name: string;
  readonly message: object;
  /** Each is to be found exactly once, as `{where} {what}`. */
  readonly effects: readonly string[];
}

export interface Pushes {
  next(random: Random): Push;
}

/** Families stand together: whoever is far from those who are asked about is no kin of theirs. */
const marginPeople = 100;

export function createPushes(): Pushes {
  const messages = createSampleMessages(20 + questionPeople + marginPeople);
  let serial = 0;
  const kinds = [
    (name: string): Push => {
      const line = `so ${name}`;
      const service = 'VN/GOV/G01/population/report-residence-change';
      const { pin } = messages.person(isAdult);
      return { service, name, message: residenceChange(pin, line), effects: [`residence-lines ${line}`] };
    },
    (name: string): Push => {
      const number = `${name}/QĐ-UBND`;
      const service = 'VN/GOV/G07/social-protection/report-benefit-decision';
      const { pin } = messages.person(isAdult);
      return { service, name, message: grant(pin, number), effects: [`benefits ${number}`] };
    },
    (name: string): Push => {
      const deceased = named(messages.person((one) => one.maritalStatus === 'single' && isAdult(one)));
      const service = 'VN/GOV/G15/civil-status/register-death';
      const places = ['deaths-registered', 'persons-closed', 'deaths-noted'];
      const effects = places.map((place) => `${place} ${deceased.pin}`);
      return { service, name, message: messages.death(deceased), effects };
    },
  ] as const;
  return {
    next(random) {
      serial += 1;
      return random.pick(kinds)(`chaos-${serial}`);
    },
  };
}

const isAdult = ({ dateOfBirth }: { readonly dateOfBirth: { readonly value: string } }) =>
  Number(dateOfBirth.value.slice(0, 4)) < 2000;

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
