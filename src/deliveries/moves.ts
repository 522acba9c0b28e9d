/** Brings pushes into their next states: recorded in the log first, then, many at a time, in the database and in the queues. */

import type { DeliveryEntry } from '../exchange/entries.ts';
import type { ExchangeLog } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import type { Durability, StateTransaction } from '../state/session.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readPrepared, readStatement } from '../state/statements.ts';
import type { AnnouncementRow, Announcing } from './announcements.ts';
import { createBatches } from './batches.ts';
import { type Claimed, takingsOf } from './claims.ts';
import type { Job, JobTime, Queues } from './queues.ts';
import type { DeliverySettings } from './settings.ts';
import type { NextState } from './transitions.ts';
import { untilDone } from './until-done.ts';

/** What becomes of the job: it stays in hand, is over, or is to be taken again. */
export type JobFate = 'held' | 'over' | { readonly at: JobTime };

export interface Move {
  readonly registry: string;
  readonly job: Job;
  /** See Claimed. */
  readonly taking: number;
  readonly next: NextState;
  readonly fate: JobFate;
  /** A registry may have the leg that is next. */
  readonly inDoubt: boolean;
  /** Undefined where nothing is shown that was not shown before. */
  readonly entry: DeliveryEntry | undefined;
  /** Sealed, in base64; undefined where they stay as they are. */
  readonly results: string | undefined;
  /** Keyed: whom it is about as well, as its results tell; none where they do not. */
  readonly persons?: readonly string[] | undefined;
  /** Kept together with the state; undefined where nobody is told of it. */
  readonly announcement?: AnnouncementRow | undefined;
  readonly nowMs: number;
}

export interface Moves {
  /**
   * Tries until it is done; false where the push is in other hands by now. Rejects when the gateway closes and the
   * database does not answer.
   */
  make(move: Move): Promise<boolean>;
  /** Puts them back as they are. */
  giveBack(registry: string, held: readonly Pick<Claimed, 'id' | 'job' | 'taking'>[]): Promise<void>;
}

export interface MovesSetup {
  readonly database: Pick<StateDatabase, 'transaction'>;
  readonly queues: Pick<Queues, 'finish' | 'putBack' | 'settle'>;
  readonly log: ExchangeLog;
  readonly announcing: Pick<Announcing, 'keep'>;
  /** Told when something that somebody is told of is committed. */
  readonly announced: () => void;
  readonly origin: string;
  readonly settings: Pick<DeliverySettings, 'acceptBatchMax' | 'acceptPendingMax' | 'retryMs'>;
  /** Aborted when nothing more can be waited for. */
  readonly signal: AbortSignal;
  readonly moved: (entry: DeliveryEntry) => void;
  /** Told of registries in whose queue something woke. */
  readonly woken: (registries: readonly string[]) => void;
  /** Told of each failure that is tried again. */
  readonly trouble: (error: unknown) => void;
}

interface Recorded extends Move {
  readonly index: number | undefined;
}

const folder = new URL('sql/', import.meta.url);
const moveRows = readPrepared(folder, 'move');
const movedBefore = readStatement(folder, 'moved-before');
const giveBack = readStatement(folder, 'give-back');
const joinTurns = readStatement(folder, 'join-turns');

export function createMoves(setup: MovesSetup): Moves {
  const { database, queues, log, origin, settings, signal, trouble } = setup;
  const patience = { signal, retryMs: settings.retryMs, trouble };
  const batches = createBatches<Recorded, boolean>({
    itemsMax: settings.acceptBatchMax,
    pendingMax: settings.acceptPendingMax,
    overlapMax: 1,
    async run(moves) {
      const { done, woken } = await database.transaction((transaction) => moveAll(transaction, moves), {
        durability: durabilityOf(moves),
      });
      setup.woken(woken);
      return done;
    },
    full: () => new Problem('delivery-unavailable', 'Too many deliveries wait for the state database.'),
  });

  async function moveAll(transaction: StateTransaction, moves: readonly Recorded[]) {
    const rows = JSON.stringify(moves.map((move) => rowOf(move, origin)));
    const moved = new Set((await transaction.query<{ id: string }>(moveRows, { rows, origin })).map(({ id }) => id));
    const mine = moves.filter(({ job }) => moved.has(job.id));
    for (const [registry, of] of Map.groupBy(mine, (move) => move.registry)) {
      const over = of.filter(({ fate }) => fate === 'over').map(({ job }) => job);
      const back = of.flatMap(({ job, fate }) => (typeof fate === 'object' ? [{ ...job, at: fate.at }] : []));
      if (over.length > 0) await queues.finish(transaction, registry, over);
      if (back.length > 0) await queues.putBack(transaction, registry, back);
    }
    const joining = mine.flatMap(({ job, persons = [] }) => persons.map((person) => ({ id: job.id, person })));
    if (joining.length > 0) await transaction.query(joinTurns, { rows: JSON.stringify(joining) });
    const woken = await queues.settle(transaction, settledOf(mine));
    await setup.announcing.keep(
      transaction,
      mine.flatMap(({ announcement }) => announcement ?? []),
    );
    if (mine.length === moves.length) return { done: moves.map(() => true), woken };
    // A commit whose answer was lost: the queue had its part, and somebody may have taken the push since.
    const before = new Set((await transaction.query<{ id: string }>(movedBefore, { rows })).map(({ id }) => id));
    return { done: moves.map(({ job }) => moved.has(job.id) || before.has(job.id)), woken };
  }

  return {
    async make(move) {
      const { entry } = move;
      const position = entry && (await untilDone(patience, () => log.record(entry)));
      const moved = await untilDone(patience, () => batches.add({ ...move, index: position?.index }));
      if (moved && entry !== undefined) setup.moved(entry);
      if (moved && move.announcement !== undefined) setup.announced();
      return moved;
    },
    async giveBack(registry, held) {
      if (held.length === 0) return;
      await untilDone(patience, () =>
        database.transaction(async (transaction) => {
          const released = await transaction.query<{ id: string }>(giveBack, { ...takingsOf(held), origin });
          const ids = new Set(released.map(({ id }) => id));
          const back = held.flatMap(({ id, job }) => (ids.has(id) ? [{ ...job, at: 'now' as const }] : []));
          if (back.length > 0) await queues.putBack(transaction, registry, back);
        }),
      );
    },
  };
}

/**
 * That a leg begins stands in the log already: should a crash of the database undo it here, it is only told later. What
 * became of a leg is there before anything else is done about the person.
 */
function durabilityOf(moves: readonly Move[]): Durability {
  return moves.every(({ fate, results }) => fate === 'held' && results === undefined) ? 'soon' : 'at-once';
}

function settledOf(moves: readonly Move[]): string[] {
  return moves.flatMap(({ job, next }) => (next.isFinal ? [job.id] : []));
}

/** As `move.sql` reads it. */
function rowOf({ job, taking, next, fate, inDoubt, entry, results, index, nowMs }: Recorded, log: string): object {
  return {
    id: job.id,
    taking,
    state: next.state,
    since_ms: nowMs,
    leg: next.leg,
    tries: next.tries,
    next_try_ms: next.nextTryMs ?? null,
    problem: next.problem ?? null,
    reason: next.reason ?? null,
    final_ms: next.isFinal ? nowMs : null,
    results: results ?? null,
    transition: entry === undefined ? null : transitionOf(entry, log, index),
    held: fate === 'held',
    in_doubt: inDoubt,
  };
}

export function transitionOf(entry: DeliveryEntry, log: string, index: number | undefined): object {
  const { id, state, leg, problem, reason, time } = entry;
  return { id, log, index, state, leg, problem, reason, timeMs: Date.parse(time) };
}
