/** What the servers are asked: by whom, where, and what a right answer begins with. */

import { castPins, samplePopulation } from '../adapters/sample-people/index.ts';

export interface CallKind {
  readonly client: string;
  /** That the client may call; empty for what is no gateway. */
  readonly service: string;
  readonly path: string;
  readonly answerStart: string;
  /** Message about the person of that number. */
  readonly body: (pin: string) => string;
}

/** How many different people are asked about, in turn. */
export type People = 'one' | 'few' | 'many';

const byPin = (pin: string) => JSON.stringify({ pin });
const found = '{"found":true';

export const calls = {
  person: {
    client: 'VN/GOV/G07/social-protection',
    service: 'VN/GOV/G01/population/get-person',
    path: '/r1/VN/GOV/G01/population/get-person/v1',
    answerStart: found,
    body: byPin,
  },
  'marital-status': {
    client: 'VN/GOV/G22/public-service-portal',
    service: 'VN/GOV/G15/civil-status/get-marital-status',
    path: '/r1/VN/GOV/G15/civil-status/get-marital-status/v1',
    answerStart: found,
    body: byPin,
  },
  /** The REST registry itself, in its own words. */
  registry: {
    client: '',
    service: '',
    path: '/ho-tich/tinh-trang-hon-nhan',
    answerStart: '{"ma":0',
    body: (pin) => JSON.stringify({ so_dinh_danh: pin }),
  },
} as const satisfies Readonly<Record<string, CallKind>>;

export type CallName = keyof typeof calls;

/** A hundred for each of 64 connections; building more requests would take the load generator too long. */
const manyMax = 6400;
/** Enough that each connection asks about people of its own. */
const fewMax = 256;

/** Numbers of people whom the sample registry knows. */
export function pinsOf(people: People): string[] {
  if (people === 'one') return [castPins.hoa];
  const all = samplePopulation().people.map(({ pin }) => pin);
  return all.slice(0, people === 'few' ? fewMax : manyMax);
}
