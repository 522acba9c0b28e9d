/** Reads no faster from a gateway than it takes looks: each file with entries is one. */

import { setTimeout as sleep } from 'node:timers/promises';

/** A gateway says when to come again (429, RFC 6585 section 4); that is waited for as long as one answer is, milliseconds. */
export async function askInTurn(timeoutMs: number, ask: () => Promise<Response>): Promise<Response> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const response = await ask();
    const waitMs = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000;
    if (response.status !== 429 || !(performance.now() + waitMs <= untilMs)) return response;
    await response.body?.cancel();
    await sleep(waitMs);
  }
}
