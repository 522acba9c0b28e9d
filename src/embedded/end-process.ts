/** Ends a process that we started: politely first, then less so, and never without a bound. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** A signal and how long the process has to heed it. */
export type Step = readonly [signal: NodeJS.Signals, waitMs: number];

/** How a process ended, in words; resolves at once if it already has. Rejects only when it could not be started. */
export async function exitOf(child: ChildProcess): Promise<string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
}

/** Resolves when the process has ended; the last resort is SIGKILL. */
export async function endProcess(child: ChildProcess, steps: readonly Step[]): Promise<void> {
  const exited = exitOf(child).catch(() => undefined);
  for (const [signal, waitMs] of steps) {
    if (hasEnded(child)) return;
    child.kill(signal);
    await withinMs(exited, waitMs);
  }
  if (!hasEnded(child)) child.kill('SIGKILL');
  await exited;
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function withinMs(exited: Promise<unknown>, waitMs: number): Promise<void> {
  const done = new AbortController();
  await Promise.race([exited, wait(waitMs, undefined, { signal: done.signal }).catch(() => undefined)]);
  done.abort();
}
