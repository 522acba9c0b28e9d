/** Questions and answers between a worker and its parent, over whatever carries messages one by one in order. */

import { Problem, type ProblemCode } from '../problems.ts';

/** One end of the carrier. Messages are plain data. */
export interface Carrier {
  /** False where the other end is gone. */
  send(message: unknown): boolean;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once. */
  onGone(listener: () => void): void;
}

export interface Channel {
  /**
   * Rejects with ChannelGone where the other end is gone, does not answer in time, or has too many questions already;
   * with the Problem that the other end threw; with Error for any other failure there.
   */
  ask<T>(question: string, body: unknown, timeoutMs: number): Promise<T>;
  /** Without an answer; what cannot be sent is not missed by anybody who is there. */
  tell(question: string, body: unknown): void;
  /** Answers a question, or hears what is told. One for each name. */
  on(question: string, answer: Answerer): void;
}

export type Answerer = (body: never) => unknown;

export class ChannelGone extends Error {
  override readonly name = 'ChannelGone';
}

type Message =
  | { readonly kind: 'ask'; readonly id: number; readonly question: string; readonly body: unknown }
  | { readonly kind: 'tell'; readonly question: string; readonly body: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly body?: unknown; readonly error?: SentError };

interface SentError {
  readonly message: string;
  readonly problem?: { readonly code: ProblemCode; readonly detail: string; readonly retryAfterSeconds?: number };
}

interface Asked {
  readonly settle: (message: Message & { kind: 'answer' }) => void;
  readonly reject: (error: Error) => void;
}

/** `pendingMax` questions wait for an answer at a time. */
export function createChannel(carrier: Carrier, pendingMax: number): Channel {
  const asked = new Map<number, Asked>();
  const answerers = new Map<string, Answerer>();
  let nextId = 0;
  let isGone = false;

  carrier.onMessage((received) => {
    const message = received as Message;
    if (message?.kind === 'answer') asked.get(message.id)?.settle(message);
    else if (message?.kind === 'ask') void answer(message);
    else if (message?.kind === 'tell') void Promise.resolve(answerers.get(message.question)?.(message.body as never));
  });
  carrier.onGone(() => {
    isGone = true;
    for (const { reject } of asked.values()) reject(new ChannelGone('the other end is gone'));
  });

  async function answer({ id, question, body }: Message & { kind: 'ask' }): Promise<void> {
    try {
      const answerer = answerers.get(question);
      if (answerer === undefined) throw new Error(`nobody answers "${question}"`);
      carrier.send({ kind: 'answer', id, body: await answerer(body as never) });
    } catch (error) {
      carrier.send({ kind: 'answer', id, error: sentError(error) });
    }
  }

  return {
    ask<T>(question: string, body: unknown, timeoutMs: number) {
      return new Promise<T>((resolve, reject) => {
        if (asked.size >= pendingMax) return reject(new ChannelGone('too many questions wait for an answer'));
        const id = nextId++;
        const late = setTimeout(() => end(new ChannelGone(`no answer to "${question}" in time`)), timeoutMs);
        const end = (error: Error | undefined, body?: unknown) => {
          clearTimeout(late);
          asked.delete(id);
          if (error === undefined) resolve(body as T);
          else reject(error);
        };
        asked.set(id, {
          settle: ({ body, error }) => end(error === undefined ? undefined : receivedError(error), body),
          reject: end,
        });
        if (isGone || !carrier.send({ kind: 'ask', id, question, body })) end(new ChannelGone('the other end is gone'));
      });
    },
    tell: (question, body) => void carrier.send({ kind: 'tell', question, body }),
    on: (question, answerer) => void answerers.set(question, answerer),
  };
}

function sentError(error: unknown): SentError {
  if (!(error instanceof Problem)) return { message: error instanceof Error ? error.message : 'it failed' };
  const { code, detail, retryAfterSeconds, message } = error;
  return { message, problem: { code, detail, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) } };
}

function receivedError({ message, problem }: SentError): Error {
  if (problem === undefined) return new Error(message);
  const { code, detail, ...extras } = problem;
  return new Problem(code, detail, extras);
}
