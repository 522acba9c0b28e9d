/** What operators, and senders by a correction, do about pushes that do not arrive; each action is recorded before it takes effect. */

import type { ExchangeLog } from '../exchange/ports.ts';
import type { PushAction, PushOperations } from '../exchange/pushes.ts';
import type { AdminAction, AdminEntry, DeliveryEntry, DiscardReason, LogPosition } from '../exchange/types.ts';
import { Problem, type ProblemCode } from '../problems.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import { unavailable } from './acceptance.ts';
import type { Announcing } from './announcements.ts';
import { type CarrierSetup, pushOf } from './carrier.ts';
import { transitionOf } from './moves.ts';
import type { Queues } from './queues.ts';
import type { DeliverySettings } from './settings.ts';
import { openMessage } from './stored.ts';
import { type NextState, transitionEntry } from './transitions.ts';

export interface OperationsSetup
  extends Pick<CarrierSetup, 'secrets' | 'catalogue' | 'pseudonyms' | 'makeId' | 'nowMs'> {
  readonly database: StateDatabase;
  readonly queues: Pick<Queues, 'hurry' | 'remove'>;
  readonly log: ExchangeLog;
  readonly announcing: Announcing;
  /** Told when something that somebody is told of is committed. */
  readonly announced: () => void;
  readonly origin: string;
  readonly settings: Pick<DeliverySettings, 'redeliverMax' | 'sweepRowsMax'>;
  readonly moved: (entry: DeliveryEntry) => void;
  /** Told of registries whose queue has something to do. */
  readonly wake: () => void;
}

export interface Operations extends PushOperations {
  /** Discards what another push of the same sender stands in for, and links the two. */
  correct(): Promise<void>;
}

interface Row {
  readonly id: string;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly registry: string;
  readonly state: string;
  readonly leg: number;
  readonly tries: number;
  readonly problem: ProblemCode | null;
  readonly worker: string | null;
  readonly final_ms: number | null;
  readonly content: Buffer | null;
}

interface Correction {
  readonly id: string;
  readonly final_ms: number | null;
  readonly later: string;
}

const folder = new URL('sql/', import.meta.url);
const forOperation = readStatement(folder, 'for-operation');
const operate = readStatement(folder, 'operate');
const dead = readStatement(folder, 'dead');
const corrections = readStatement(folder, 'corrections');
const linkCorrection = readStatement(folder, 'link-correction');
/** Dead letters that are set going at a time. */
const together = 16;

export function createOperations(setup: OperationsSetup): Operations {
  const { database, queues, log, origin, nowMs, catalogue, secrets } = setup;

  async function find(id: string): Promise<Row> {
    const [row] = await reached(database.query<Row>(forOperation, { id }));
    if (row === undefined) throw new Problem('not-found', 'There is no push of that id.');
    return row;
  }

  function messageOf(row: Row) {
    const push = pushOf(catalogue, row);
    return row.content === null ? undefined : { ...openMessage(secrets, row.id, row.content), push };
  }

  async function recordAction(
    action: AdminAction,
    { id, by }: PushAction,
    row: Row,
    reason: DiscardReason | undefined,
  ): Promise<LogPosition> {
    const { subject } = transitionEntry(
      setup,
      row,
      messageOf(row),
      { state: row.state, leg: row.leg, tries: row.tries },
      nowMs(),
    );
    // In the order of the names, so that printing it gives canonical JSON.
    const entry: AdminEntry = {
      action,
      durationMs: 0,
      exchange: row.id,
      id,
      issue: undefined,
      kind: 'admin',
      official: setup.pseudonyms.official(by),
      problem: undefined,
      reason,
      role: undefined,
      status: 200,
      subject,
      subjectNumber: undefined,
      time: new Date(nowMs()).toISOString(),
    };
    return record(entry);
  }

  async function record(entry: AdminEntry | DeliveryEntry): Promise<LogPosition> {
    return log.record(entry).catch((cause: unknown) => {
      throw new Problem('log-unavailable', 'The action could not be recorded; nothing was done.', { cause });
    });
  }

  /** False where somebody was faster. */
  async function move(row: Row, next: NextState, correctedBy?: string): Promise<boolean> {
    const now = nowMs();
    const message = messageOf(row);
    const entry = transitionEntry(setup, row, message, next, now);
    const announcement = setup.announcing.rowOf({ entry, next, message, results: { legs: {} } });
    const { index } = await record(entry);
    const values = {
      id: row.id,
      state: next.state,
      nowMs: now,
      nextTryMs: next.nextTryMs,
      reason: next.reason,
      finalMs: next.isFinal ? now : undefined,
      onlyDead: !next.isFinal,
      correctedBy,
      transition: JSON.stringify(transitionOf(entry, origin, index)),
    };
    const moved = await reached(
      database.transaction(async (transaction) => {
        const rows = await transaction.query(operate, values);
        if (rows.length === 0) return false;
        if (next.isFinal) await queues.remove(transaction, row.registry, [row.id]);
        else await queues.hurry(transaction, row.registry, [row.id]);
        await setup.announcing.keep(transaction, announcement === undefined ? [] : [announcement]);
        return true;
      }),
    );
    if (moved) setup.moved(entry);
    if (moved && announcement !== undefined) setup.announced();
    setup.wake();
    return moved;
  }

  async function redeliver(action: PushAction): Promise<LogPosition> {
    const row = await find(action.exchangeId);
    if (row.state !== 'dead') throw conflict(row, 'only a dead letter can be delivered again');
    const position = await recordAction('redeliver', action, row, undefined);
    const moved = await move(row, { state: 'retrying', leg: row.leg, tries: 0, nextTryMs: nowMs() });
    if (!moved) throw conflict(row, 'somebody else was faster');
    return position;
  }

  return {
    redeliver,
    async redeliverAll({ registry, service, sender, fromMs, toMs }, action) {
      const values = { registry, service, sender, fromMs, toMs, limit: setup.settings.redeliverMax };
      const found = await reached(database.query<{ id: string }>(dead, values));
      const done: string[] = [];
      for (let at = 0; at < found.length; at += together) {
        const some = found.slice(at, at + together).map(async ({ id: exchangeId }, nth) => {
          const id = at + nth === 0 ? action.id : setup.makeId();
          await redeliver({ ...action, id, exchangeId });
          return exchangeId;
        });
        for (const one of await Promise.allSettled(some)) {
          if (one.status === 'fulfilled') done.push(one.value);
          else if (!(one.reason instanceof Problem && one.reason.code === 'state-conflict')) throw one.reason;
        }
      }
      return done;
    },
    async discard(action, reason) {
      const row = await find(action.exchangeId);
      demandOpen(row);
      const position = await recordAction('discard', action, row, reason);
      const { leg, tries } = row;
      if (await move(row, { state: 'discarded', leg, tries, reason, isFinal: true })) return position;
      throw conflict(row, 'it is being delivered at this moment');
    },
    async correct() {
      const found = await database.query<Correction>(corrections, { limit: setup.settings.sweepRowsMax });
      for (const { id, later, final_ms: finalMs } of found) {
        const row = await find(id);
        const discarded: NextState = {
          state: 'discarded',
          leg: row.leg,
          tries: row.tries,
          reason: 'corrected',
          isFinal: true,
        };
        if (finalMs === null) await move(row, discarded, later);
        else await database.query(linkCorrection, { id, later });
      }
    },
  };
}

function demandOpen(row: Row): void {
  if (row.final_ms !== null) throw conflict(row, 'nothing more will be done about it anyway');
  if (row.worker !== null) throw conflict(row, 'it is being delivered at this moment');
}

function conflict({ state }: Row, because: string): Problem {
  return new Problem('state-conflict', `The push is ${state}: ${because}.`);
}

function reached<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw cause instanceof Problem ? cause : unavailable('The state database does not answer now.', cause);
  });
}
