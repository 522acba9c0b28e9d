/** Stands between the exchange log and its real file: counts what reaches the disk, holds it back or lets it fail. */

import type { LogFile } from '../../src/exchange-log/log-file.ts';

type Operation = 'append' | 'sync';

export interface WatchedLogFile extends LogFile {
  readonly counts: Readonly<Record<Operation, number>>;
  /** From now on syncs wait, after the entries were appended. */
  hold(): void;
  /** Syncs that wait go on, and none waits any more. */
  release(): void;
  /** From now on the operation fails. */
  breakWith(operation: Operation, error: Error): void;
}

export function watchLogFile(file: LogFile): WatchedLogFile {
  const counts = { append: 0, sync: 0 };
  const errors: Partial<Record<Operation, Error>> = {};
  let gate: PromiseWithResolvers<void> | undefined;
  return {
    counts,
    hold: () => {
      gate = Promise.withResolvers();
    },
    release: () => {
      gate?.resolve();
      gate = undefined;
    },
    breakWith: (operation, error) => {
      errors[operation] = error;
    },
    async append(content) {
      counts.append += 1;
      if (errors.append !== undefined) throw errors.append;
      await file.append(content);
    },
    async sync() {
      counts.sync += 1;
      await gate?.promise;
      if (errors.sync !== undefined) throw errors.sync;
      await file.sync();
    },
    close: () => file.close(),
  };
}
