/** Looks, when everything is over, at what the log holds and what became of every accepted push. */

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderSource } from '../../src/exchange-log/verify/log-source.ts';
import { verifyLog } from '../../src/exchange-log/verify/verify-log.ts';
import { consumerOf } from './agreements.ts';
import type { Accepted } from './load.ts';
import type { ChaosPlace } from './place.ts';
import { countEffects } from './pushes.ts';

const together = 8;
const lookAgainMs = 200;

/** Waits until they are settled, `patienceMs` at most; a line for each that is not delivered, or not once. */
export async function findLostPushes(
  place: ChaosPlace,
  accepted: readonly Accepted[],
  patienceMs: number,
): Promise<string[]> {
  const deadlineMs = performance.now() + patienceMs;
  const states = new Map<string, string>();
  let open = accepted;
  while (open.length > 0) {
    for (let at = 0; at < open.length; at += together) {
      await Promise.all(
        open.slice(at, at + together).map(async ({ exchangeId, service }) => {
          states.set(exchangeId, await stateOf(place, service, exchangeId));
        }),
      );
    }
    open = open.filter(({ exchangeId }) => !isFinal(states.get(exchangeId)));
    if (performance.now() > deadlineMs) break;
    await sleep(lookAgainMs);
  }
  const counts = await countEffects(place);
  return accepted.flatMap(({ name, service, exchangeId, effects }) => {
    const state = states.get(exchangeId);
    const missed = effects.filter((effect) => counts.get(effect) !== 1);
    if (state === 'delivered' && missed.length === 0) return [];
    const found = missed.map((effect) => `${effect.split(' ')[0]} ${counts.get(effect) ?? 0} times`);
    return [`${exchangeId} (${name}, ${service}) is ${state}${found.length === 0 ? '' : `; ${found.join(', ')}`}`];
  });
}

const isFinal = (state: string | undefined) => ['delivered', 'refused', 'dead', 'discarded'].includes(state ?? '');

async function stateOf({ url, token }: ChaosPlace, service: string, exchangeId: string): Promise<string> {
  const response = await fetch(`${url}/v1/exchanges/${exchangeId}`, {
    headers: { authorization: `Bearer ${await token(consumerOf(service))}` },
  });
  const { state } = (await response.json()) as { state?: string };
  return state ?? `status ${response.status}`;
}

/** Checks the whole log, and gives the status of each exchange in it. Throws where the log is not sound. */
export async function readRecorded(data: string): Promise<ReadonlyMap<string, number>> {
  const recorded = new Map<string, number>();
  await verifyLog(await folderSource(path.join(data, 'exchange-log')), {
    verifier: undefined,
    older: undefined,
    progress: () => undefined,
    inspect: async (bytes) => {
      const { id, status } = JSON.parse(bytes.toString()) as { id: string; status: number };
      recorded.set(id, status);
    },
  });
  return recorded;
}
