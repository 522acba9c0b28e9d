/** Says a thing until it is heard: neither a log nor a database that fails may let a delivery get lost. */

import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilDoneSetup {
  /** Aborted when nothing more can be waited for. */
  readonly signal: AbortSignal;
  readonly retryMs: number;
  /** Told of each failure that is tried again. */
  readonly trouble: (error: unknown) => void;
}

/** Rejects, with what failed last, once the signal is aborted. */
export async function untilDone<T>({ signal, retryMs, trouble }: UntilDoneSetup, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw error;
      trouble(error);
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
