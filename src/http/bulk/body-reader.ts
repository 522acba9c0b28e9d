/** Reads a request's body one chunk at a time and no further, until it ends, fails, stands still or is not wanted any more. */

import type { IncomingMessage } from 'node:http';
import { Problem } from '../../problems.ts';

export interface BodyReader {
  /** Undefined at the end, and once it was stopped. Throws Problem where nothing comes in time, or nothing more can come. */
  next(): Promise<Uint8Array | undefined>;
  /** Why nothing more can come, if that is known already. */
  failure(): Problem | undefined;
  /** Ends a wait for the next chunk; nothing more is read. */
  stop(): void;
  /** Reads what still comes, for nobody. */
  drop(): void;
}

export function createBodyReader(request: IncomingMessage, idleMs: number): BodyReader {
  const waiting: Uint8Array[] = [];
  let wake = () => {};
  let hasEnded = false;
  let isStopped = false;
  let problem: Problem | undefined;

  const take = (chunk: Uint8Array) => {
    request.pause();
    waiting.push(chunk);
    wake();
  };
  request.on('data', take);
  request.pause();
  request.once('end', () => {
    hasEnded = true;
    wake();
  });
  request.on('error', (error) => {
    problem ??= error instanceof Problem ? error : gone();
    wake();
  });
  request.once('close', () => {
    if (!hasEnded) problem ??= gone();
    wake();
  });

  async function more(): Promise<void> {
    const woken = Promise.withResolvers<void>();
    wake = woken.resolve;
    const idle = setTimeout(() => {
      problem ??= new Problem('request-timeout', `Nothing more came for ${idleMs} ms.`);
      wake();
    }, idleMs);
    request.resume();
    await woken.promise;
    clearTimeout(idle);
  }

  return {
    async next() {
      for (;;) {
        if (isStopped) return undefined;
        const chunk = waiting.shift();
        if (chunk !== undefined) return chunk;
        if (problem !== undefined) throw problem;
        if (hasEnded) return undefined;
        await more();
      }
    },
    failure: () => problem,
    stop() {
      isStopped = true;
      wake();
    },
    drop() {
      request.off('data', take);
      request.resume();
    },
  };
}

function gone(): Problem {
  return new Problem('client-disconnected', 'The caller closed the connection before its last line.');
}
