/** Ends what runs when the operator or the system says so. */

import { constants } from 'node:os';
import { fail } from './fail.ts';

export interface Closable {
  /** Says that it will end, and serves on until whoever deals to it has heard. */
  leave?(): Promise<void>;
  close(): Promise<void>;
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Until it serves there is nothing to finish: the process ends as a signal would end it, but in an orderly way, which
 * takes along the servers that it has started (`exit`).
 */
export async function endStartOnSignal<T>(start: () => Promise<T>, announce: (signal: string) => void): Promise<T> {
  const end = (signal: NodeJS.Signals) => {
    announce(signal);
    process.exit(process.exitCode ?? 128 + constants.signals[signal]);
  };
  for (const signal of signals) process.on(signal, end);
  try {
    return await start();
  } finally {
    for (const signal of signals) process.off(signal, end);
  }
}

/**
 * The first signal ends gracefully, SIGTERM after a leave: nobody deals to what a terminal ends. A second one ends at once.
 * What is returned ends it without a signal, with that exit code, unless it is ending already.
 */
export function endOnSignal(running: Closable, announce: (signal: string) => void): (exitCode: number) => void {
  let ending = false;
  const close = (left: Promise<void> | undefined, exitCode: number) => {
    ending = true;
    Promise.resolve(left)
      .then(() => running.close())
      .then(
        () => process.exit(exitCode),
        (error: unknown) => fail(error, exitCode || 1),
      );
  };
  const end = (signal: NodeJS.Signals) => {
    if (ending) process.exit(1);
    announce(signal);
    close(signal === 'SIGTERM' ? running.leave?.() : undefined, 0);
  };
  // SIGHUP: the terminal that started it is gone; without this the embedded servers would be left behind.
  for (const signal of signals) process.on(signal, end);
  return (exitCode) => {
    if (!ending) close(undefined, exitCode);
  };
}
