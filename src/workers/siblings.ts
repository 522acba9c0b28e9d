/** The other workers of the same gateway, as one of them sees them: asked one by one, told all at once. */

import type { Answerer, Channel } from './channel.ts';

export interface Siblings {
  /** Numbers of the others, whether they serve at present or not. */
  readonly numbers: readonly number[];
  /** Rejects with ChannelGone where that one does not answer in time. */
  ask<T>(number: number, question: string, body: unknown, timeoutMs: number): Promise<T>;
  /** Whoever serves hears it, soon; who begins later need not. */
  tellAll(question: string, body: unknown): void;
  on(question: string, answer: Answerer): void;
}

/** Passed on by the parent. */
export interface SiblingQuestion {
  readonly to: number;
  readonly question: string;
  readonly body: unknown;
  readonly timeoutMs: number;
}

export interface SiblingNews {
  readonly from: number;
  readonly question: string;
  readonly body: unknown;
}

/** For the way through the parent and back, milliseconds. */
const wayMs = 500;

export function createSiblings(parent: Channel, own: number, count: number): Siblings {
  return {
    numbers: Array.from({ length: count }, (_one, at) => at + 1).filter((number) => number !== own),
    ask: (to, question, body, timeoutMs) =>
      parent.ask('sibling', { to, question, body, timeoutMs } satisfies SiblingQuestion, timeoutMs + wayMs),
    tellAll: (question, body) => parent.tell('siblings', { from: own, question, body } satisfies SiblingNews),
    on: (question, answer) => parent.on(question, answer),
  };
}

/** The parent's part: `channelOf` gives the way to a worker that serves. */
export function passOn(
  channel: Channel,
  channelOf: (number: number) => Channel | undefined,
  numbers: () => readonly number[],
): void {
  channel.on('sibling', ({ to, question, body, timeoutMs }: SiblingQuestion) => {
    const other = channelOf(to);
    if (other === undefined) throw new Error(`worker ${to} does not serve`);
    return other.ask(question, body, timeoutMs);
  });
  channel.on('siblings', ({ from, question, body }: SiblingNews) => {
    for (const number of numbers()) if (number !== from) channelOf(number)?.tell(question, body);
  });
}
