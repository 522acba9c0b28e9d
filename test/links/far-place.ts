/** A gateway here, and some of what it depends on in networks of their own; the social-affairs registry is always here. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Test } from 'tap';
import { type Asking, askPlace } from '../chaos/ask-place.ts';
import { type ChaosPlace, createChaosPlace, type PlaceSetup } from '../chaos/place.ts';
import { prepareQuestions, type Question, type Questions } from '../chaos/questions.ts';
import { type FarNetwork, makeFarNetwork } from '../support/far-network.ts';
import { createRandom } from '../support/random-fixture.ts';

type Far = keyof NonNullable<PlaceSetup['within']>;

export interface FarPlace<Name extends Far> {
  readonly place: ChaosPlace;
  readonly questions: Questions;
  readonly networks: Readonly<Record<Name, FarNetwork>>;
  /** About the next one of many people: no kept answer. */
  ask(registry: Question['registry']): Promise<Asking>;
  /** Asks by so many at a time until told to stop; resolves with all that were answered. */
  keepAsking(registry: Question['registry'], together: number, pauseMs?: number): () => Promise<Asking[]>;
  /** Of `/metrics`, summed over the labels that are not named; 0 where there is none. */
  metric(name: string, label?: string): Promise<number>;
}

export async function createFarPlace<Name extends Far>(
  t: Test,
  far: readonly Name[],
  settings?: PlaceSetup['settings'],
): Promise<FarPlace<Name>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-links-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const networks = Object.fromEntries(far.map((name) => [name, makeFarNetwork(t)])) as Record<Name, FarNetwork>;
  const setup = { folder, quick: true, within: networks, ...(settings === undefined ? {} : { settings }) };
  const place = await createChaosPlace(t, setup);
  const questions = await prepareQuestions(place);
  await place.gateway.start();
  const random = createRandom(1);
  const ask = (registry: Question['registry']) => askPlace(place, questions.fresh(registry, random));

  return {
    place,
    questions,
    networks,
    ask,
    keepAsking(registry, together, pauseMs = 0) {
      const answered: Asking[] = [];
      let isOver = false;
      const asker = async () => {
        while (!isOver) {
          answered.push(await ask(registry));
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
        }
      };
      const asking = Promise.all(Array.from({ length: together }, asker));
      return async () => {
        isOver = true;
        await asking;
        return answered;
      };
    },
    async metric(name, label = '') {
      const text = await (await fetch(`${place.url}/metrics`)).text();
      const lines = text.split('\n').filter((line) => /^[^ {]+/.exec(line)?.[0] === name && line.includes(label));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
  };
}

/** Nearest rank, milliseconds. */
export function quantileMs(asked: readonly Asking[], share: number): number {
  const sorted = asked.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** How many of each outcome, for a comment. */
export function told(asked: readonly Asking[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of asked) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const [median, last] = [0.5, 1].map((share) => Math.round(quantileMs(asked, share)));
  return `${[...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}; p50 ${median} ms, max ${last} ms`;
}
