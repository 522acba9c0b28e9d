/** Asks a gateway where pushes are, as their sender or as an operator, and has dead letters tried again or given up. */

import { setTimeout as sleep } from 'node:timers/promises';
import { AskError, askGateway, type GatewayPlace, type Recorded } from './ask-gateway.ts';

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
  readonly heldBehindDeadLetter?: boolean;
  readonly intended?: string;
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
    const page = await askGateway<Page>(place, `${path}?${query}`).catch(withHint(place));
    yield* page.exchanges.slice(0, left);
    left -= page.exchanges.length;
    after = page.next;
    if (after === undefined) return;
  }
}

/** With legs and transitions, as the gateway tells it. */
export const showPush = (place: GatewayPlace, id: string): Promise<ShownPush> =>
  askGateway<ShownPush>(place, place.client === undefined ? `/v1/admin/deliveries/${id}` : `/v1/exchanges/${id}`).catch(
    withHint(place),
  );

/** A sender's token looks like an operator's. */
const withHint =
  ({ client }: GatewayPlace) =>
  (error: unknown): never => {
    if (!(error instanceof AskError && error.code === 'role-not-allowed' && client === undefined)) throw error;
    const hint = 'With a subsystem’s own token name it: --client VN/GOV/…';
    throw new AskError(`${error.message} ${hint}`, error.code, error.passesInMs, error);
  };

/**
 * Looks again and again until nothing more happens to any of them by itself, so long at most; what was there last. A
 * gateway that is away or busy is asked again until then. Throws AskError.
 */
export async function whenSettled(
  look: () => Promise<readonly ShownPush[]>,
  waitSeconds: number,
): Promise<{ readonly pushes: readonly ShownPush[]; readonly areSettled: boolean }> {
  const endMs = performance.now() + waitSeconds * 1000;
  for (;;) {
    const lookedMs = performance.now();
    const seen = await look().catch(orTrouble);
    const areSettled = !(seen instanceof AskError) && seen.every(waitsForNothing);
    const now = performance.now();
    if (areSettled || now >= endMs) {
      if (seen instanceof AskError) throw seen;
      return { pushes: seen, areSettled };
    }
    const askedMs = seen instanceof AskError ? (seen.passesInMs ?? 0) : 0;
    // A long list is not asked for all the time.
    await sleep(Math.min(endMs - now, Math.max(lookAgainMs, now - lookedMs, askedMs)));
  }
}

function orTrouble(error: unknown): AskError {
  if (error instanceof AskError && error.passesInMs !== undefined) return error;
  throw error;
}

/** A dead letter waits for an operator, and with it what it holds, whoever sent that. */
function waitsForNothing({ final, state, intended, heldBehindDeadLetter }: ShownPush): boolean {
  return final || heldBehindDeadLetter === true || (state === 'dead' && intended === undefined);
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
): Promise<Recorded> =>
  askGateway<Recorded>(place, `/v1/admin/dead-letters/${id}/discard`, what).catch((error: unknown): never => {
    if (!(error instanceof AskError)) throw error;
    // A member of the message; whoever types a command has an option for it.
    const said = error.message.replace(/\blegsStand\b/, '--although-effective');
    throw new AskError(said, error.code, error.passesInMs, error);
  });
