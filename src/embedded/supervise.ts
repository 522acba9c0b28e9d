/** Keeps one process running: starts it again when it ends by itself, ever more slowly, and gives up when that doesn't help. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from './log.ts';

/** A process that is up; `facts` is what its users hold on to, such as its port. */
export interface Running<Facts> {
  readonly facts: Facts;
  /** Resolves with how the process ended; never rejects. */
  readonly exited: Promise<string>;
  /** Ends the process and waits for its end; bounded. */
  stop(): Promise<void>;
}

export interface RestartLimits {
  /** Restarts within `windowMs` after which the process is given up. */
  readonly restartsMax: number;
  readonly windowMs: number;
  /** Wait before the first restart of a window; doubles with each further one. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
}

export const restartLimits: RestartLimits = { restartsMax: 6, windowMs: 120_000, backoffMs: 100, backoffMsMax: 10_000 };

export interface Supervised<Facts> {
  /** Of the first start; a restart must keep what its users hold on to. */
  readonly facts: Facts;
  /** Ends the process and leaves it ended; what it resolves with starts it again and waits until it is up. */
  hold(): Promise<() => Promise<void>>;
  /** Ends the process for good. */
  close(): Promise<void>;
}

interface Subject<Facts> {
  readonly name: string;
  /** Starts the process; `previous` are the facts that a restart has to keep. */
  readonly start: (previous: Facts | undefined) => Promise<Running<Facts>>;
  readonly limits: RestartLimits;
  readonly log: Log;
}

/** Resolves when the process is up for the first time; that a first start fails is the caller's to handle. */
export async function supervise<Facts>({ name, start, limits, log }: Subject<Facts>): Promise<Supervised<Facts>> {
  const closing = new AbortController();
  let running = await start(undefined);
  const { facts } = running;
  let restartsAtMs: number[] = [];
  let held: PromiseWithResolvers<void> | undefined;
  let up: PromiseWithResolvers<void> | undefined;
  const watching = watch();

  async function watch(): Promise<void> {
    let ending = await running.exited;
    while (!closing.signal.aborted) {
      if (held !== undefined) {
        await held.promise;
        held = undefined;
        ending = await restart(0);
        continue;
      }
      const nowMs = performance.now();
      restartsAtMs = restartsAtMs.filter((atMs) => nowMs - atMs < limits.windowMs);
      if (restartsAtMs.length >= limits.restartsMax) {
        log.error({ process: name, ending, ...limits }, 'process keeps ending, given up');
        return;
      }
      const backoffMs = Math.min(limits.backoffMs * 2 ** restartsAtMs.length, limits.backoffMsMax);
      log.error({ process: name, ending, backoffMs }, 'process ended unexpectedly, starting it again');
      restartsAtMs.push(nowMs);
      ending = await restart(backoffMs);
    }
  }

  /** Resolves with how the restarted process ended, or why it did not start. */
  async function restart(backoffMs: number): Promise<string> {
    try {
      await wait(backoffMs, undefined, { signal: closing.signal });
      running = await start(facts);
    } catch (error) {
      up?.reject(error);
      return error instanceof Error ? error.message : String(error);
    }
    up?.resolve();
    if (closing.signal.aborted) return 'closing';
    log.warn({ process: name }, 'process is up again');
    return running.exited;
  }

  return {
    facts,
    hold: async () => {
      const release = Promise.withResolvers<void>();
      held = release;
      await running.stop();
      return async () => {
        const again = Promise.withResolvers<void>();
        up = again;
        release.resolve();
        await again.promise;
      };
    },
    close: async () => {
      closing.abort();
      held?.resolve();
      await running.stop();
      await watching;
      // A restart that was under way when closing began.
      await running.stop();
    },
  };
}
