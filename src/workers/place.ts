/** Keeps one worker serving: starts its process, starts another one when that ends, and exchanges it on purpose. */

import { setTimeout as sleep } from 'node:timers/promises';
import { createRestarts } from './restarts.ts';
import type { RespawnLimits } from './settings.ts';
import { endProcess, type WorkerProcess, within } from './worker-process.ts';

export interface PlaceSetup {
  readonly start: (number: number) => WorkerProcess;
  readonly limits: RespawnLimits;
  /** For a process to prepare itself, and again to serve, milliseconds. */
  readonly readyTimeoutMs: number;
  /** For a process that was told to end, milliseconds. */
  readonly endTimeoutMs: number;
  readonly observer: PlaceObserver;
  /** Nothing is started any more once it aborts; its reason is what a start is refused with. */
  readonly closing: AbortSignal;
}

export interface PlaceObserver {
  serving(number: number, pid: number): void;
  /** Ended without being told to, or could not serve; it is started again after that time. */
  ended(number: number, how: string, backoffMs: number): void;
  renewed(number: number): void;
}

export interface Place {
  readonly number: number;
  serves(): boolean;
  /** Starts of processes so far. */
  starts(): number;
  /** While it is started again: settles with its next start, that it serves or why not. */
  upcoming(): Promise<void>;
  /** Resolves when it serves for the first time; rejects with why it cannot. */
  begin(): Promise<void>;
  /** Exchanges its process; rejects where the next one cannot serve. */
  renew(): Promise<void>;
  /** Resolves when its process has ended; gently, where others go on in its place. */
  end(gently: boolean): Promise<void>;
}

export function createPlace(number: number, setup: PlaceSetup): Place {
  const { observer, closing, readyTimeoutMs, endTimeoutMs } = setup;
  const restarts = createRestarts(setup.limits);
  let current: WorkerProcess | undefined;
  let serves = false;
  /** While its process is exchanged on purpose: its end is no news. */
  let renewing = false;
  let upcoming = Promise.resolve();
  let starts = 0;

  function start(): WorkerProcess {
    starts += 1;
    const process = setup.start(number);
    process.prepared.catch(() => undefined);
    return process;
  }

  const isPrepared = (process: WorkerProcess) =>
    within(readyTimeoutMs, process.prepared, 'has not read its configuration');

  async function serve(process: WorkerProcess): Promise<void> {
    current = process;
    try {
      await isPrepared(process);
      await within(readyTimeoutMs, process.go(), 'does not serve');
    } catch (error) {
      process.kill();
      await process.exited;
      throw error;
    }
    serves = true;
    observer.serving(number, process.pid);
    void process.exited.then((how) => {
      if (current !== process) return;
      serves = false;
      if (!renewing) void revive(how);
    });
  }

  /** Until it serves again, or all is over: what keeps it from that, such as a full disk, may end at any time. */
  async function revive(how: string): Promise<void> {
    for (let why = how; !closing.aborted; ) {
      upcoming = startAgain(why);
      try {
        return await upcoming;
      } catch (error) {
        why = (error as Error).message;
      }
    }
  }

  async function startAgain(why: string): Promise<void> {
    const backoffMs = restarts.ended(performance.now());
    observer.ended(number, why, backoffMs);
    await sleep(backoffMs, undefined, { signal: closing }).catch(() => undefined);
    closing.throwIfAborted();
    await serve(start());
  }

  async function end(gently: boolean): Promise<void> {
    if (current !== undefined) await endProcess(current, gently, endTimeoutMs);
  }

  /** The next process is as far as it can be without the log before the present one is told to end. */
  async function renew(): Promise<void> {
    // From here on, so that the end of the present one starts no second successor.
    renewing = true;
    const next = start();
    try {
      await isPrepared(next);
    } catch (error) {
      next.kill();
      renewing = false;
      if (!serves) void revive('it ended while its successor was being prepared');
      throw error;
    }
    try {
      closing.throwIfAborted();
      await end(true);
      serves = false;
      closing.throwIfAborted();
      await serve(next);
      observer.renewed(number);
    } catch (error) {
      next.kill();
      void revive((error as Error).message);
      throw error;
    } finally {
      renewing = false;
    }
  }

  return {
    number,
    serves: () => serves,
    starts: () => starts,
    upcoming: () => upcoming,
    begin: async () => serve(start()),
    renew,
    end,
  };
}
