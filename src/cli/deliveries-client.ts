/** Asks a gateway where pushes are, as their sender or as an operator, and has dead letters tried again or given up. */

import { setTimeout as sleep } from 'node:timers/promises';
import { askGateway, type GatewayPlace, type Recorded } from './ask-gateway.ts';

/** A push as the gateway lists it, so much of it as is printed in a line. */
export interface ShownPush {
  readonly exchangeId: string;
  readonly acceptedAt: string;
  readonly state: string;
  readonly final: boolean;
  readonly sender: string;
  readonly service: string;
  readonly problem?: string;
  readonly reason?: string;
  readonly heldBehind?: string;
  readonly legsDone: readonly string[];
  readonly legInDoubt?: string;
}

interface Page {
  readonly exchanges: readonly ShownPush[];
  readonly next?: string;
}

const lookAgainMs = 500;

/** Page after page, at most so many; of a client its own. Throws where the gateway refuses. */
export async function* listPushes(
  place: GatewayPlace,
  list: 'deliveries' | 'dead-letters',
  filters: Readonly<Record<string, string>>,
  rowsMax: number,
): AsyncGenerator<ShownPush> {
  const path = place.client === undefined ? `/v1/admin/${list}` : '/v1/exchanges';
  let after: string | undefined;
  for (let left = rowsMax; left > 0; ) {
    const query = new URLSearchParams({ ...filters, ...(after === undefined ? {} : { after }) });
    const page = await askGateway<Page>(place, `${path}?${query}`);
    yield* page.exchanges.slice(0, left);
    left -= page.exchanges.length;
    after = page.next;
    if (after === undefined) return;
  }
}

/** With legs and transitions, as the gateway tells it. */
export const showPush = (place: GatewayPlace, id: string): Promise<ShownPush> =>
  askGateway(place, place.client === undefined ? `/v1/admin/deliveries/${id}` : `/v1/exchanges/${id}`);

/** Looks again and again until nothing more happens to any of them by itself, so long at most; what was there last. */
export async function whenSettled(
  place: GatewayPlace,
  look: () => Promise<readonly ShownPush[]>,
  waitSeconds: number,
): Promise<{ readonly pushes: readonly ShownPush[]; readonly areSettled: boolean }> {
  const startedMs = performance.now();
  for (;;) {
    const lookedMs = performance.now();
    const pushes = await look();
    const areSettled = await nothingHappens(place, pushes);
    const now = performance.now();
    if (areSettled || now - startedMs > waitSeconds * 1000) return { pushes, areSettled };
    // A long list is not asked for all the time.
    await sleep(Math.max(lookAgainMs, now - lookedMs));
  }
}

/** A dead letter waits for an operator, and with it what it holds, and what that holds, whoever sent them. */
async function nothingHappens(place: GatewayPlace, pushes: readonly ShownPush[]): Promise<boolean> {
  const known = new Map(pushes.map((push) => [push.exchangeId, push]));
  const waiting = new Set<string>();
  for (const { exchangeId, final } of pushes) {
    if (!final && !(await waitsForOperator(place, exchangeId, known, waiting))) return false;
  }
  return true;
}

/** From one to the one before it; those that are found to wait are looked at once. */
async function waitsForOperator(
  place: GatewayPlace,
  id: string,
  known: Map<string, ShownPush | undefined>,
  waiting: Set<string>,
): Promise<boolean> {
  const passed: string[] = [];
  for (let next: string | undefined = id; next !== undefined && !waiting.has(next); ) {
    passed.push(next);
    const push: ShownPush | undefined = known.has(next) ? known.get(next) : await pushOfAnother(place, next);
    known.set(next, push);
    if (push?.state === 'dead') break;
    next = push?.heldBehind;
    if (next === undefined) return false;
  }
  for (const one of passed) waiting.add(one);
  return true;
}

/** Undefined where the gateway does not tell this caller: it is another's. */
function pushOfAnother(place: GatewayPlace, id: string): Promise<ShownPush | undefined> {
  return showPush(place, id).catch(() => undefined);
}

export const redeliverPush = (place: GatewayPlace, id: string): Promise<Recorded> =>
  askGateway(place, `/v1/admin/dead-letters/${id}/redeliver`, {});

export const redeliverPushes = (
  place: GatewayPlace,
  filters: object,
): Promise<{ readonly redelivered: readonly string[] }> =>
  askGateway(place, '/v1/admin/dead-letters/redeliver', filters);

export const discardPush = (
  place: GatewayPlace,
  id: string,
  what: { readonly reason: string; readonly legsStand: boolean },
): Promise<Recorded> => askGateway(place, `/v1/admin/dead-letters/${id}/discard`, what);
