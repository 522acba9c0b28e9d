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

/** The first signal ends gracefully, SIGTERM after a leave: nobody deals to what a terminal ends. A second one ends at once. */
export function endOnSignal(running: Closable, announce: (signal: string) => void): void {
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    if (ending) process.exit(1);
    ending = true;
    announce(signal);
    const left = signal === 'SIGTERM' ? running.leave?.() : undefined;
    Promise.resolve(left)
      .then(() => running.close())
      .then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
  };
  // SIGHUP: the terminal that started it is gone; without this the embedded servers would be left behind.
  for (const signal of signals) process.on(signal, end);
}
