/** Waits a while for a checkpoint that covers an entry, for those who answer somebody meanwhile. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../problems.ts';
import type { TransparencyLog } from './transparency-log.ts';

const retryAfterSeconds = 1;

/** The signed note. Throws Problem('checkpoint-pending') where there is none within the time, milliseconds. */
export async function checkpointOver(
  log: Pick<TransparencyLog, 'waitForCheckpoint'>,
  index: number,
  waitMs: number,
): Promise<string> {
  const givenUp = new AbortController();
  const tooLate = sleep(waitMs, undefined, { signal: givenUp.signal, ref: false });
  try {
    const note = await Promise.race([log.waitForCheckpoint(index), tooLate]);
    if (note !== undefined) return note;
  } catch (cause) {
    throw new Problem('checkpoint-pending', 'The log has failed; a restart brings the checkpoint.', { cause });
  } finally {
    tooLate.catch(() => undefined);
    givenUp.abort();
  }
  throw new Problem('checkpoint-pending', 'The next checkpoint will cover the exchange.', { retryAfterSeconds });
}
