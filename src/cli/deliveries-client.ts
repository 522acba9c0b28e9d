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

/** A dead letter waits for an operator, and with it what it holds, whoever sent that. */
async function nothingHappens(place: GatewayPlace, pushes: readonly ShownPush[]): Promise<boolean> {
  const open = pushes.filter(({ final, state }) => !final && state !== 'dead');
  if (open.some(({ heldBehind }) => heldBehind === undefined)) return false;
  const states = new Map(pushes.map(({ exchangeId, state }) => [exchangeId, state]));
  for (const id of new Set(open.flatMap(({ heldBehind }) => heldBehind ?? []))) {
    if ((states.get(id) ?? (await stateOfAnother(place, id))) !== 'dead') return false;
  }
  return true;
}

/** Undefined where the gateway does not tell this caller: it is another's. */
function stateOfAnother(place: GatewayPlace, id: string): Promise<string | undefined> {
  return showPush(place, id).then(
    ({ state }) => state,
    () => undefined,
  );
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
