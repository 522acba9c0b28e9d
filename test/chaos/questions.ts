/** What a chaos run asks, and the only answer that is right: what the registry itself says, cut down to what is granted. */

import { isDeepStrictEqual } from 'node:util';
import { samplePopulation } from '../../adapters/sample-people/index.ts';
import type { AdapterDefinition } from '../../src/adapter-kit/index.ts';
import type { Random } from '../support/random-fixture.ts';
import { type Asked, asked } from './agreements.ts';
import { type ChaosPlace, shippedAdapters } from './place.ts';

export interface Question {
  readonly service: string;
  readonly registry: Asked['registry'];
  readonly message: { readonly pin: string };
  /** The whole body. */
  readonly expected: unknown;
}

export interface Questions {
  /** About one of a few people, whose answers are kept, or about the next one of many, in halves. */
  next(registry: Asked['registry'], random: Random): Question;
  /** About the next one of many. */
  fresh(registry: Asked['registry'], random: Random): Question;
}

/** The cast is of other tests; the pushes are about people beyond. */
const firstIndex = 20;
const hotPeople = 10;
export const questionPeople = 500;
const together = 8;
const patienceMs = 10_000;

/** About these people alone: where they live, among the rest. */
export function prepareResidents(place: ChaosPlace, pins: readonly string[]): Promise<Question[]> {
  return questionsOf(place, asked[0], pins);
}

/** Asks each registry itself, before anything is broken. */
export async function prepareQuestions(place: ChaosPlace): Promise<Questions> {
  const people = samplePopulation()
    .people.slice(firstIndex, firstIndex + questionPeople)
    .map(({ pin }) => pin);
  const all = new Map<Asked, readonly Question[]>();
  for (const one of asked) all.set(one, await questionsOf(place, one, people));
  const turns = new Map<Asked, number>();
  const pick = (registry: Asked['registry'], random: Random) =>
    random.pick(asked.filter((one) => one.registry === registry));
  const fresh = (service: Asked) => {
    const questions = all.get(service) ?? [];
    const turn = turns.get(service) ?? 0;
    turns.set(service, turn + 1);
    return questions[hotPeople + (turn % (questions.length - hotPeople))] as Question;
  };
  return {
    next(registry, random) {
      const service = pick(registry, random);
      return random.chance(0.5) ? (all.get(service)?.[random.below(hotPeople)] as Question) : fresh(service);
    },
    fresh: (registry, random) => fresh(pick(registry, random)),
  };
}

async function questionsOf(place: ChaosPlace, one: Asked, people: readonly string[]): Promise<Question[]> {
  const definition = shippedAdapters[one.registry] as AdapterDefinition;
  const registry = await definition.open(place.sources[one.registry]);
  const handler = registry.services[`${one.service.split('/').at(-1)}.v1`];
  if (handler === undefined) throw new Error(`${one.registry} has no ${one.service}`);
  const questions: Question[] = [];
  for (let at = 0; at < people.length; at += together) {
    const some = people.slice(at, at + together).map(async (pin) => {
      const message = { pin, ...one.beside };
      const call = { signal: AbortSignal.timeout(patienceMs), exchangeId: 'chaos' };
      const answer = (await handler(message as never, call)) as Record<string, unknown>;
      return { service: one.service, registry: one.registry, message, expected: granted(answer, one) };
    });
    questions.push(...(await Promise.all(some)));
  }
  await registry.close();
  return questions;
}

function granted(answer: Readonly<Record<string, unknown>>, { record, fields }: Asked): unknown {
  if (answer[record] === undefined) return { found: false };
  const kept = {};
  for (const field of fields) copyPath(answer[record] as object, kept, field.split('.'));
  return JSON.parse(JSON.stringify({ found: true, [record]: kept }));
}

function copyPath(from: object, to: object, [first = '', ...rest]: readonly string[]): void {
  const value = (from as Record<string, unknown>)[first];
  if (value === undefined) return;
  const target = to as Record<string, unknown>;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = (target[first] ?? {}) as object;
  copyPath(value as object, inner, rest);
  target[first] = inner;
}

/** What is wrong with a reply to the question, whatever its status; undefined where nothing is. */
export function faultOf({ message, expected }: Question, status: number, body: string): string | undefined {
  if (status === 200) {
    const answer = parsed(body);
    return isDeepStrictEqual(answer, expected) ? undefined : 'not the answer that is due, or more than is granted';
  }
  return body.includes(message.pin) ? `status ${status} names the person` : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
