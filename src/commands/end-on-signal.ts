/** Ends what runs when the operator or the system says so. */

import { fail } from './fail.ts';

export interface Closable {
  /** Says that it will end, and serves on until whoever deals to it has heard. */
  leave?(): Promise<void>;
  close(): Promise<void>;
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
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // The terminal that started it is gone; without this the embedded servers would be left behind.
  process.on('SIGHUP', end);
  return (exitCode) => {
    if (!ending) close(undefined, exitCode);
  };
}
