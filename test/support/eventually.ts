/** Waits for what happens by itself, and not for ever. */

import { setTimeout as sleep } from 'node:timers/promises';

const triesMax = 1200;
const pauseMs = 25;

/** What `look` finds, as soon as it finds it. */
export async function eventually<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(pauseMs);
  }
  throw new Error(`it did not happen within ${(triesMax * pauseMs) / 1000} s: ${look}`);
}
