/** Ends what runs when the operator or the system says so. */

import { fail } from './fail.ts';

export interface Closable {
  /** Says that it will end, and serves on until whoever deals to it has heard. */
  leave?(): Promise<void>;
  close(): Promise<void>;
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
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // The terminal that started it is gone; without this the embedded servers would be left behind.
  process.on('SIGHUP', end);
}
