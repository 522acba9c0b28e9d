/** One process of a worker, as whoever started it sees it, and how long it is waited for. */

import { setTimeout as sleep } from 'node:timers/promises';

export interface WorkerProcess {
  readonly pid: number;
  /** Resolves when the process has read its configuration and can take its log; rejects with why it cannot. */
  readonly prepared: Promise<void>;
  /** Lets it take its log and serve; resolves when it does, rejects with why it cannot. */
  go(): Promise<void>;
  /** Tells it to finish what it has and to end; gently, where others go on in its place. */
  drain(gently: boolean): void;
  /** Resolves with how it ended; never rejects. */
  readonly exited: Promise<string>;
  kill(): void;
}

/** As the step settles; rejects where that takes longer, with what the process lacks. */
export async function within(timeoutMs: number, step: Promise<void>, lack: string): Promise<void> {
  const done = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: done.signal }).then(
    () => Promise.reject(new Error(`it ${lack} after ${timeoutMs} ms`)),
    () => undefined,
  );
  try {
    await Promise.race([step, late]);
  } finally {
    done.abort();
  }
}

/** Resolves when it has ended; what takes longer is killed. */
export async function endProcess(process: WorkerProcess, gently: boolean, timeoutMs: number): Promise<void> {
  process.drain(gently);
  const late = setTimeout(() => process.kill(), timeoutMs);
  await process.exited;
  clearTimeout(late);
}
