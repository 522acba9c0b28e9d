/** Starts webhooks again for operators: what is to be done is kept first, then recorded, then done, so that the log tells only what happens, whatever ends in between. */

import { type AdminEntry, type LogPosition, recordedLate } from '../exchange/entries.ts';
import type { WebhookRestart } from '../exchange/events.ts';
import type { ExchangeLog, Pseudonyms } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import type { WebhookSettings } from './settings.ts';

export interface RestartsSetup {
  readonly database: StateQueries;
  /** Name of this gateway's log. */
  readonly origin: string;
  readonly log: Pick<ExchangeLog, 'record'>;
  /** An entry of this gateway's log, by its id. */
  readonly findInLog: (id: string) => Promise<LogPosition | undefined>;
  readonly pseudonyms: Pseudonyms;
  readonly nowMs: () => number;
  readonly settings: Pick<WebhookSettings, 'leaseSeconds'>;
  /** Told of each receiver that is tried again. */
  readonly restarted: (receiver: string) => void;
}

export interface Restarts {
  /** Throws Problem: `events-unavailable`; `log-unavailable`, after it was kept: it is done later then. */
  restart(wanted: WebhookRestart): Promise<LogPosition>;
  /** Does what was kept, and not done before a gateway ended or its log failed. Rejects where it cannot be done yet: another gateway may. */
  goOn(): Promise<void>;
}

interface Kept {
  readonly id: string;
  readonly receiver: string;
  readonly entry: AdminEntry;
}

const folder = new URL('sql/', import.meta.url);
const keep = readStatement(folder, 'keep-restart');
const take = readStatement(folder, 'take-restarts');
const leave = readStatement(folder, 'leave-restart');
const restart = readStatement(folder, 'restart');
const retryAfterSeconds = 5;

export function createRestarts(setup: RestartsSetup): Restarts {
  const { database, origin, log, nowMs } = setup;
  const { leaseSeconds } = setup.settings;
  /** Ids. */
  const inHand = new Set<string>();
  /** Ids of what failed here since the last look: the next one leaves them to the other gateways. */
  const left = new Set<string>();

  function entryOf({ id, by, receiver }: WebhookRestart): AdminEntry {
    // In the order of the names, so that printing it gives canonical JSON.
    return {
      action: 'restart-webhook',
      consumer: receiver,
      durationMs: 0,
      id,
      issue: undefined,
      kind: 'admin',
      official: setup.pseudonyms.official(by),
      problem: undefined,
      reason: undefined,
      role: undefined,
      status: 200,
      subject: undefined,
      subjectNumber: undefined,
      time: new Date(nowMs()).toISOString(),
    };
  }

  async function record(entry: AdminEntry): Promise<LogPosition> {
    return log.record(entry).catch((cause: unknown) => {
      throw new Problem('log-unavailable', doneLater, { cause });
    });
  }

  async function finish({ id, receiver, entry }: Kept, isLate: boolean): Promise<LogPosition> {
    const found = isLate ? await setup.findInLog(id) : undefined;
    const position = found ?? (await record(isLate ? recordedLate(entry, nowMs()) : entry));
    await reached(database.query(restart, { id }));
    setup.restarted(receiver);
    return position;
  }

  async function finishOrLeave(one: Kept, isLate: boolean): Promise<LogPosition> {
    try {
      return await finish(one, isLate);
    } catch (error) {
      const { id } = one;
      left.add(id);
      // Where that fails as well, the lease ends by itself.
      await database.query(leave, { id, origin }).catch(() => undefined);
      throw error;
    }
  }

  async function holding<T>(id: string, work: () => Promise<T>): Promise<T> {
    inHand.add(id);
    try {
      return await work();
    } finally {
      inHand.delete(id);
    }
  }

  return {
    restart: (wanted) =>
      holding(wanted.id, async () => {
        const { id, receiver } = wanted;
        const entry = entryOf(wanted);
        await reached(database.query(keep, { id, receiver, entry: JSON.stringify(entry), origin, leaseSeconds }));
        return finishOrLeave({ id, receiver, entry }, false);
      }),
    async goOn() {
      const others = [...inHand, ...left];
      left.clear();
      const kept = await database.query<Kept>(take, { origin, leaseSeconds, others });
      const outcomes = await Promise.allSettled(kept.map((one) => holding(one.id, () => finishOrLeave(one, true))));
      const failed = outcomes.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    },
  };
}

const doneLater =
  'The action could not be recorded yet; it is kept (`restarting` in the list of webhooks), and done as soon as it is recorded.';

export function reached<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new Problem('events-unavailable', 'The state database does not answer now.', { cause, retryAfterSeconds });
  });
}
