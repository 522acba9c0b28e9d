/** Takes a push out of its way for an operator or a correction: first in hand, then recorded, then done, so that the log tells only what happens. */

import type { ExchangeLog } from '../exchange/ports.ts';
import type { AdminEntry, DeliveryEntry, LogPosition } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import { unavailable } from './acceptance.ts';
import type { Announcing } from './announcements.ts';
import { type CarrierSetup, pushOf } from './carrier.ts';
import { takingsOf } from './claims.ts';
import { transitionOf } from './moves.ts';
import type { Queues } from './queues.ts';
import type { DeliverySettings } from './settings.ts';
import { openMessage } from './stored.ts';
import { type NextState, transitionEntry } from './transitions.ts';
import { untilDone } from './until-done.ts';

export interface InterventionsSetup
  extends Pick<CarrierSetup, 'secrets' | 'catalogue' | 'pseudonyms' | 'makeId' | 'nowMs'> {
  readonly database: StateDatabase;
  readonly queues: Pick<Queues, 'hurry' | 'remove'>;
  readonly log: ExchangeLog;
  readonly announcing: Announcing;
  /** Told when something that somebody is told of is committed. */
  readonly announced: () => void;
  readonly origin: string;
  readonly settings: Pick<DeliverySettings, 'retryMs'>;
  /** Aborted when nothing more can be waited for. */
  readonly signal: AbortSignal;
  readonly moved: (entry: DeliveryEntry) => void;
  /** Told of each failure that is tried again. */
  readonly trouble: (error: unknown) => void;
  /** Told of registries whose queue has something to do. */
  readonly wake: () => void;
}

export interface FoundPush {
  readonly id: string;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly registry: string;
  readonly state: string;
  readonly leg: number;
  readonly tries: number;
  readonly worker: string | null;
  readonly final_ms: number | null;
  readonly corrected_by: string | null;
  readonly log_index: number | null;
  readonly content: Buffer | null;
}

export interface TakenPush extends FoundPush {
  readonly taking: number;
}

export interface Interventions {
  /** Throws Problem: `not-found`, `delivery-unavailable`. */
  find(exchangeId: string): Promise<FoundPush>;
  /** What the work gives; undefined where somebody has the push in hand, or it is settled. Let go of in any case. */
  withTaken<T>(push: FoundPush, onlyDead: boolean, work: (taken: TakenPush) => Promise<T>): Promise<T | undefined>;
  /** Recorded, and then done, however long that takes. */
  move(taken: TakenPush, next: NextState): Promise<void>;
  /** Throws Problem(`log-unavailable`). */
  record(entry: AdminEntry | DeliveryEntry): Promise<LogPosition>;
  /** Keyed: the person whom the push is about. */
  subjectOf(push: FoundPush): DeliveryEntry['subject'];
  /** Ids of pushes in hand. */
  held(): Iterable<string>;
}

const folder = new URL('sql/', import.meta.url);
const forOperation = readStatement(folder, 'for-operation');
const take = readStatement(folder, 'take');
const operate = readStatement(folder, 'operate');
const movedBefore = readStatement(folder, 'moved-before');
const release = readStatement(folder, 'release');

export function createInterventions(setup: InterventionsSetup): Interventions {
  const { database, queues, log, origin, nowMs, catalogue, secrets, signal, trouble } = setup;
  const { retryMs } = setup.settings;
  const inHand = new Set<string>();

  function messageOf(push: FoundPush) {
    const service = pushOf(catalogue, push);
    return push.content === null ? undefined : { ...openMessage(secrets, push.id, push.content), push: service };
  }

  async function record(entry: AdminEntry | DeliveryEntry): Promise<LogPosition> {
    return log.record(entry).catch((cause: unknown) => {
      throw new Problem('log-unavailable', 'The action could not be recorded; nothing was done.', { cause });
    });
  }

  return {
    async find(id) {
      const [push] = await reached(database.query<FoundPush>(forOperation, { id }));
      if (push === undefined) throw new Problem('not-found', 'There is no push of that id.');
      if (push.log_index === null) throw unavailable('The push is being accepted at this moment.');
      return push;
    },
    async withTaken(push, onlyDead, work) {
      // Two at once here would let go of each other's.
      if (inHand.has(push.id)) return undefined;
      inHand.add(push.id);
      try {
        const [taken] = await reached(database.query<TakenPush>(take, { id: push.id, origin, onlyDead }));
        if (taken === undefined) return undefined;
        try {
          return await work({ ...push, ...taken });
        } catch (error) {
          // What does not arrive here either is found by the sweep.
          await database.query(release, { ...takingsOf([{ ...taken, id: push.id }]), origin }).catch(trouble);
          throw error;
        }
      } finally {
        inHand.delete(push.id);
      }
    },
    async move(taken, next) {
      const { id, taking, registry } = taken;
      const now = nowMs();
      const message = messageOf(taken);
      const entry = transitionEntry(setup, taken, message, next, now);
      const announcement = setup.announcing.rowOf({ entry, next, message, results: { legs: {} } });
      const { index } = await record(entry);
      const transition = transitionOf(entry, origin, index);
      const { state, nextTryMs, reason } = next;
      const finalMs = next.isFinal ? now : undefined;
      const given = { id, origin, taking, state, nowMs: now, nextTryMs, reason, finalMs };
      const operated = () =>
        database.transaction(async (transaction) => {
          const rows = await transaction.query(operate, { ...given, transition: JSON.stringify(transition) });
          // Of a commit whose answer was lost, everything is there.
          if (rows.length === 0) return isThere(await transaction.query(movedBefore, { rows: listed(id, transition) }));
          if (next.isFinal) await queues.remove(transaction, registry, [id]);
          else await queues.hurry(transaction, registry, [id]);
          await setup.announcing.keep(transaction, announcement === undefined ? [] : [announcement]);
          return true;
        });
      const isMoved = await reached(untilDone({ signal, retryMs, trouble }, operated));
      if (!isMoved) throw unavailable('The push came into other hands.');
      setup.moved(entry);
      if (announcement !== undefined) setup.announced();
      setup.wake();
    },
    record,
    subjectOf: (push) => transitionEntry(setup, push, messageOf(push), push, nowMs()).subject,
    held: () => inHand,
  };
}

function isThere(rows: readonly unknown[]): boolean {
  return rows.length > 0;
}

/** As `moved-before.sql` reads it. */
function listed(id: string, transition: object): string {
  return JSON.stringify([{ id, transition }]);
}

export function reached<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw cause instanceof Problem ? cause : unavailable('The state database does not answer now.', cause);
  });
}
