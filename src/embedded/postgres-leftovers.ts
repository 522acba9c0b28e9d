/** Clears the way for a server when the last one was not shut down: ends what still runs of it, removes the mark it left. */

import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedError } from './embedded-error.ts';
import type { Log } from './log.ts';
import { findProcesses } from './process-table.ts';

const pollMs = 20;
const immediateShutdownMs = 5_000;
const killMs = 5_000;

export function pidFileOf(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

/** Stands in the command line of each process of a server; made from the folder's inode, so no two clusters share one. */
export async function clusterNameOf(cluster: string): Promise<string> {
  const { dev, ino } = await stat(cluster);
  return `lienthong(${dev}:${ino})`;
}

/**
 * A server that outlived its gateway is stopped, not adopted: its settings may be old, its sessions and their locks belong
 * to a dead process, and only a child of our own tells us when it ends. No commit is lost by it. The caller holds the
 * lock of the data folder, so the server is nobody else's.
 */
export async function clearLeftovers(cluster: string, stopTimeoutMs: number, log: Log): Promise<void> {
  const pidFile = pidFileOf(cluster);
  const text = await readFile(pidFile, 'latin1').catch(() => undefined);
  if (text === undefined) return;
  const { uid } = await stat(cluster);
  const mark = await clusterNameOf(cluster);
  const postmaster = Number(text.split('\n', 1)[0]);
  // Fast shutdown goes to the postmaster alone (PostgreSQL manual, 18.5); orphans of a killed one get the other signals.
  const ended =
    (await end(
      () => findProcesses(uid, mark),
      (pid) => pid === postmaster,
      'SIGINT',
      stopTimeoutMs,
      log,
    )) ||
    (await end(
      () => findProcesses(uid, mark),
      () => true,
      'SIGQUIT',
      immediateShutdownMs,
      log,
    )) ||
    (await end(
      () => findProcesses(uid, mark),
      () => true,
      'SIGKILL',
      killMs,
      log,
    ));
  if (!ended)
    throw new EmbeddedError(`An older PostgreSQL still runs on ${cluster} and cannot be ended: restart the machine`);
  // Left behind by a kill or a power cut: its number may by now be another process's, which PostgreSQL would take for a server.
  await rm(pidFile, { force: true });
}

/** True when none of the processes is left; false at once where none is to be signalled. */
async function end(
  find: () => Promise<number[]>,
  choose: (pid: number) => boolean,
  signal: NodeJS.Signals,
  waitMs: number,
  log: Log,
): Promise<boolean> {
  const deadlineMs = performance.now() + waitMs;
  let pids = await find();
  const chosen = pids.filter(choose);
  if (chosen.length > 0) log.warn({ pids: chosen, signal }, 'ending a PostgreSQL that an earlier gateway left running');
  for (const pid of chosen) send(pid, signal);
  while (chosen.length > 0 && pids.length > 0 && performance.now() < deadlineMs) {
    await wait(pollMs);
    pids = await find();
  }
  return pids.length === 0;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Ended meanwhile.
  }
}
