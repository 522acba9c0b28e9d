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

export interface PushesAmiss {
  /** A line for each that is not delivered, or without effect somewhere. */
  readonly lost: readonly string[];
  /** A line for each that has an effect more than once. */
  readonly doubled: readonly string[];
}

/** Waits until they are settled, `patienceMs` at most. */
export async function findPushesAmiss(
  place: ChaosPlace,
  accepted: readonly Accepted[],
  patienceMs: number,
): Promise<PushesAmiss> {
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
  const lineOf = ({ name, service, exchangeId }: Accepted, effects: readonly string[]) => {
    const found = effects.map((effect) => `; ${effect.split(' ')[0]} ${counts.get(effect) ?? 0} times`);
    return `${exchangeId} (${name}, ${service}) is ${states.get(exchangeId)}${found.join('')}`;
  };
  const lost = accepted.flatMap((one) => {
    const missed = one.effects.filter((effect) => !counts.has(effect));
    return states.get(one.exchangeId) === 'delivered' && missed.length === 0 ? [] : [lineOf(one, missed)];
  });
  const doubled = accepted.flatMap((one) => {
    const repeated = one.effects.filter((effect) => (counts.get(effect) ?? 0) > 1);
    return repeated.length === 0 ? [] : [lineOf(one, repeated)];
  });
  return { lost, doubled };
}

const isFinal = (state: string | undefined) => ['delivered', 'refused', 'dead', 'discarded'].includes(state ?? '');

/** As its sender is told. */
export async function stateOf({ url, token }: ChaosPlace, service: string, exchangeId: string): Promise<string> {
  const response = await fetch(`${url}/v1/exchanges/${exchangeId}`, {
    headers: { authorization: `Bearer ${await token(consumerOf(service))}` },
  });
  const { state } = (await response.json()) as { state?: string };
  return state ?? `status ${response.status}`;
}

/** What the log holds of exchanges. */
export interface Recorded {
  /** By exchange. */
  readonly statuses: ReadonlyMap<string, number>;
  /** Exchanges with more than one entry. */
  readonly doubled: readonly string[];
}

/** Checks the whole log. Throws where it is not sound. */
export async function readRecorded(data: string): Promise<Recorded> {
  const statuses = new Map<string, number>();
  const doubled: string[] = [];
  await verifyLog(await folderSource(path.join(data, 'exchange-log')), {
    verifier: undefined,
    older: undefined,
    progress: () => undefined,
    inspect: async (bytes) => {
      const { id, kind, status } = JSON.parse(bytes.toString()) as { id: string; kind: string; status: number };
      if (kind !== 'query' && kind !== 'push') return;
      if (statuses.has(id)) doubled.push(id);
      statuses.set(id, status);
    },
  });
  return { statuses, doubled };
}
