/** Asks what has become of accepted pushes, as their senders do, and says when each was first told to be delivered. */

import { setTimeout as sleep } from 'node:timers/promises';
import { stateOf } from './afterwards.ts';
import type { ChaosPlace } from './place.ts';

export interface Watched {
  readonly service: string;
  readonly exchangeId: string;
}

export interface Watch<T extends Watched> {
  add(one: T): void;
  stop(): Promise<void>;
}

const together = 8;
const pauseMs = 100;

export function startWatch<T extends Watched>(
  place: ChaosPlace,
  delivered: (one: T, toldMs: number) => void,
): Watch<T> {
  const waiting = new Set<T>();
  let isOver = false;

  async function look(one: T): Promise<void> {
    // Without an answer nothing is known, and it is asked again.
    const state = await stateOf(place, one.service, one.exchangeId).catch(() => undefined);
    waiting.delete(one);
    if (state === 'delivered') delivered(one, performance.now());
    else waiting.add(one);
  }

  async function run(): Promise<void> {
    for (; !isOver; await sleep(pauseMs)) await Promise.all([...waiting].slice(0, together).map(look));
  }

  const running = run();
  return {
    add: (one) => void waiting.add(one),
    async stop() {
      isOver = true;
      await running;
    },
  };
}
