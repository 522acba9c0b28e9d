/** A pause for whoever tries again. */

import { setTimeout as sleep } from 'node:timers/promises';

/** Ends early, without rejecting, where the signal is aborted. */
export const rest = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => undefined);
