/** Settles pushes that a gateway kept and may not have recorded before it ended: what is not in the log is recorded first. */

import { type LogEntry, recordedLate } from '../exchange/entries.ts';
import type { ExchangeLog } from '../exchange/ports.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import type { Accepting } from './acceptance.ts';
import type { Outbox } from './outbox.ts';
import type { DeliverySecrets } from './secrets.ts';
import type { DeliverySettings } from './settings.ts';
import { openMessage } from './stored.ts';

/** An entry of this gateway's log, by its id. */
export type FindInLog = (id: string) => Promise<{ readonly index: number; readonly entry: Buffer } | undefined>;

export interface LeftBehindSetup {
  readonly database: StateQueries;
  readonly secrets: DeliverySecrets;
  readonly log: ExchangeLog;
  readonly findInLog: FindInLog;
  readonly origin: string;
  readonly nowMs: () => number;
  readonly settings: Pick<DeliverySettings, 'leaseSeconds' | 'sweepRowsMax'>;
  readonly outbox: Outbox;
  readonly accepting: Pick<Accepting, 'isUnderWay' | 'begin' | 'placed'>;
}

export interface LeftBehind {
  /** Those of other gateways that are gone, and one's own about which nothing is done. */
  settle(): Promise<void>;
  /** False where another gateway may still be at it. */
  settleOne(exchangeId: string): Promise<boolean>;
}

interface Unrecorded {
  readonly id: string;
  readonly origin: string;
  readonly content: Buffer;
}

const folder = new URL('sql/', import.meta.url);
const unrecorded = readStatement(folder, 'unrecorded');
const adopt = readStatement(folder, 'adopt');

export function createLeftBehind(setup: LeftBehindSetup): LeftBehind {
  const { database, secrets, log, origin, outbox, settings, accepting } = setup;
  let last: Promise<unknown> = Promise.resolve();
  const limits = { leaseSeconds: settings.leaseSeconds, limit: settings.sweepRowsMax, origin };

  async function settleRow({ id, origin: from, content }: Unrecorded): Promise<void> {
    if (from !== origin && (await database.query(adopt, { id, from, origin })).length === 0) return;
    const found = from === origin ? await setup.findInLog(id) : undefined;
    if (found === undefined) {
      // Refused and forgotten, or recorded, since it was read: the log may know of it later than the database.
      if ((await database.query(unrecorded, { ...limits, ids: [id] })).length === 0) return;
      const { entry } = openMessage(secrets, id, content);
      return send(id, (await log.record(recordedLate(entry, setup.nowMs()))).index);
    }
    const entry = JSON.parse(found.entry.toString()) as LogEntry;
    // Its sender was told that it is refused.
    if (entry.kind === 'push' && entry.status === 202) return send(id, found.index);
    accepting.begin(id);
    outbox.refused(id);
  }

  function send(id: string, index: number): void {
    accepting.begin(id);
    accepting.placed(id, { index });
    outbox.recorded(id, index);
  }

  async function settleRows(ids?: readonly string[]): Promise<number> {
    const seen = await database.query<Unrecorded>(unrecorded, { ...limits, ids });
    // One after the other: their order in the queues is that of acceptance.
    for (const row of await leftOf(seen)) await settleRow(row);
    return seen.length;
  }

  /** Those about which nothing is done. Whoever came to an end while they were read is gone at a second look: the log is searched for nobody else. */
  async function leftOf(seen: readonly Unrecorded[]): Promise<readonly Unrecorded[]> {
    const ids = seen.filter(({ id }) => !accepting.isUnderWay(id)).map(({ id }) => id);
    return ids.length === 0 ? [] : database.query<Unrecorded>(unrecorded, { ...limits, ids });
  }

  /** One at a time, so that nothing is recorded twice. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  return {
    settle: async () => void (await inTurn(() => settleRows())),
    settleOne: (exchangeId) => inTurn(async () => (await settleRows([exchangeId])) > 0),
  };
}
