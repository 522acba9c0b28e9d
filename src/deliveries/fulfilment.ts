/** Brings a push that was taken in hand for an operator or a correction into its next state, however long that takes. */

import type { DeliveryEntry } from '../exchange/entries.ts';
import type { PushService } from '../exchange/services.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import { unavailable } from './acceptance.ts';
import type { Announcing } from './announcements.ts';
import { transitionOf } from './moves.ts';
import type { Queues } from './queues.ts';
import type { DeliverySettings } from './settings.ts';
import type { SealedMessage } from './stored.ts';
import type { NextState } from './transitions.ts';
import { untilDone } from './until-done.ts';

export interface FulfilmentSetup {
  readonly database: Pick<StateDatabase, 'transaction'>;
  readonly queues: Pick<Queues, 'hurry' | 'remove' | 'settle'>;
  readonly announcing: Announcing;
  /** Told when something that somebody is told of is committed. */
  readonly announced: () => void;
  readonly origin: string;
  readonly nowMs: () => number;
  readonly settings: Pick<DeliverySettings, 'retryMs'>;
  /** Aborted when nothing more can be waited for. */
  readonly signal: AbortSignal;
  readonly moved: (entry: DeliveryEntry) => void;
  /** Told of each failure that is tried again. */
  readonly trouble: (error: unknown) => void;
  /** Told of registries whose queue has something to do. */
  readonly wake: () => void;
}

interface Taken {
  readonly id: string;
  readonly registry: string;
  readonly taking: number;
  /** A registry may have the leg that is next. */
  readonly in_doubt: boolean;
}

/** @param index where the entry stands in this gateway's log. */
export type Fulfil = (
  taken: Taken,
  next: NextState,
  entry: DeliveryEntry,
  index: number,
  message: (SealedMessage & { readonly push: PushService | undefined }) | undefined,
) => Promise<void>;

const folder = new URL('sql/', import.meta.url);
const operate = readStatement(folder, 'operate');
const movedBefore = readStatement(folder, 'moved-before');

export function createFulfilment(setup: FulfilmentSetup): Fulfil {
  const { database, queues, announcing, origin, nowMs, signal, trouble } = setup;
  const patience = { signal, retryMs: setup.settings.retryMs, trouble };

  return async ({ id, registry, taking, in_doubt: inDoubt }, next, entry, index, message) => {
    const announcement = announcing.rowOf({ entry, next, inDoubt, message, results: { legs: {} } });
    const transition = transitionOf(entry, origin, index);
    const now = nowMs();
    const { state, nextTryMs, reason } = next;
    const given = { id, origin, taking, state, nowMs: now, nextTryMs, reason, finalMs: next.isFinal ? now : undefined };
    const operated = () =>
      database.transaction(async (transaction) => {
        const rows = await transaction.query(operate, { ...given, transition: JSON.stringify(transition) });
        // Of a commit whose answer was lost, everything is there.
        if (rows.length === 0) return isThere(await transaction.query(movedBefore, { rows: listed(id, transition) }));
        if (next.isFinal) await queues.remove(transaction, registry, [id]);
        if (next.isFinal) await queues.settle(transaction, [id]);
        else await queues.hurry(transaction, registry, [id]);
        await announcing.keep(transaction, announcement === undefined ? [] : [announcement]);
        return true;
      });
    if (!(await untilDone(patience, operated))) throw unavailable('The push came into other hands.');
    setup.moved(entry);
    if (announcement !== undefined) setup.announced();
    setup.wake();
  };
}

function isThere(rows: readonly unknown[]): boolean {
  return rows.length > 0;
}

/** As `moved-before.sql` reads it. */
function listed(id: string, transition: object): string {
  return JSON.stringify([{ id, transition }]);
}
