/** Takes a push out of its way for an operator or a correction: what is to be done is kept first, then recorded, then done, so that the log tells only what happens, whatever ends in between. */

import { type AdminEntry, type DeliveryEntry, type LogPosition, recordedLate } from '../exchange/entries.ts';
import type { ExchangeLog } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import { unavailable } from './acceptance.ts';
import type { CarrierSetup } from './carrier.ts';
import { takingsOf } from './claims.ts';
import { createFulfilment, type FulfilmentSetup } from './fulfilment.ts';
import type { FindInLog } from './left-behind.ts';
import { pushOf } from './offered-pushes.ts';
import type { DeliverySettings } from './settings.ts';
import { openMessage } from './stored.ts';
import { type NextState, transitionEntry } from './transitions.ts';

export interface InterventionsSetup
  extends Pick<CarrierSetup, 'secrets' | 'catalogue' | 'pseudonyms' | 'makeId' | 'nowMs'>,
    FulfilmentSetup {
  readonly database: StateDatabase;
  readonly log: ExchangeLog;
  readonly findInLog: FindInLog;
  readonly settings: Pick<DeliverySettings, 'retryMs' | 'sweepRowsMax'>;
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
  /** A registry may have the leg that is next. */
  readonly in_doubt: boolean;
  readonly worker: string | null;
  /** Something is to be done with it, and is not done yet. */
  readonly intended: boolean;
  readonly final_ms: number | null;
  readonly corrected_by: string | null;
  readonly log_index: number | null;
  readonly content: Buffer | null;
}

export interface TakenPush extends FoundPush {
  readonly taking: number;
}

/** As it is kept; once it is, it is done sooner or later. */
export interface Intention {
  /** Absent where a correction does it. */
  readonly action?: AdminEntry | undefined;
  readonly moved: DeliveryEntry;
  readonly next: NextState;
}

export interface Plan {
  readonly onlyDead: boolean;
  /** Also where something of it has taken effect, or may have. */
  readonly mayStand: boolean;
  readonly next: (taken: TakenPush) => NextState;
  readonly action?: (taken: TakenPush) => AdminEntry;
}

export interface Interventions {
  /** Throws Problem: `not-found`, `delivery-unavailable`. */
  find(exchangeId: string): Promise<FoundPush>;
  /**
   * Where the first entry about it stands; undefined where somebody has the push in hand, or it is settled. A Problem
   * (`log-unavailable`, `delivery-unavailable`) may come after it was kept: it is done later then.
   */
  carryOut(push: FoundPush, plan: Plan): Promise<LogPosition | undefined>;
  /** Does what was kept, and not done before a gateway ended or its log failed. */
  goOn(): Promise<void>;
  /** Throws Problem(`log-unavailable`). */
  record(entry: AdminEntry | DeliveryEntry): Promise<LogPosition>;
  /** Keyed: the person whom the push is about. */
  subjectOf(push: FoundPush): DeliveryEntry['subject'];
  /** Ids of pushes in hand. */
  held(): Iterable<string>;
}

type Taken = Pick<TakenPush, 'taking' | 'state' | 'leg' | 'tries' | 'in_doubt'>;

const folder = new URL('sql/', import.meta.url);
const forOperation = readStatement(folder, 'for-operation');
const take = readStatement(folder, 'take');
const intend = readStatement(folder, 'intend');
const intended = readStatement(folder, 'intended');
const takeIntended = readStatement(folder, 'take-intended');
const release = readStatement(folder, 'release');

export function createInterventions(setup: InterventionsSetup): Interventions {
  const { database, log, origin, nowMs, secrets, trouble, settings } = setup;
  const fulfil = createFulfilment(setup);
  const inHand = new Set<string>();

  async function find(id: string): Promise<FoundPush> {
    const [push] = await reached(database.query<FoundPush>(forOperation, { id }));
    if (push === undefined) throw new Problem('not-found', 'There is no push of that id.');
    if (push.log_index === null) throw unavailable('The push is being accepted at this moment.');
    return push;
  }

  function messageOf(push: FoundPush) {
    const service = pushOf(setup.catalogue, push);
    return push.content === null ? undefined : { ...openMessage(secrets, push.id, push.content), push: service };
  }

  async function record(entry: AdminEntry | DeliveryEntry, otherwise = nothingDone): Promise<LogPosition> {
    return log.record(entry).catch((cause: unknown) => {
      throw new Problem('log-unavailable', otherwise, { cause });
    });
  }

  /** Durable with the taking: from now on nobody delivers it. */
  async function takeFor(push: FoundPush, { onlyDead, mayStand, next, action }: Plan) {
    return database.transaction(async (transaction) => {
      const [row] = await transaction.query<Taken>(take, { id: push.id, origin, onlyDead, mayStand });
      if (row === undefined) return undefined;
      const taken = { ...push, ...row };
      const to = next(taken);
      const moved = transitionEntry(setup, taken, messageOf(taken), to, nowMs());
      const intention: Intention = { action: action?.(taken), moved, next: to };
      await transaction.query(intend, {
        id: push.id,
        origin,
        taking: row.taking,
        intention: JSON.stringify(intention),
      });
      return { taken, intention };
    });
  }

  async function recordOnce(entry: AdminEntry | DeliveryEntry, mayBeThere: boolean): Promise<LogPosition> {
    const found = mayBeThere ? await setup.findInLog(entry.id) : undefined;
    return found ?? record(mayBeThere ? recordedLate(entry, nowMs()) : entry, doneLater);
  }

  async function finish(taken: TakenPush, { action, moved, next }: Intention, isLate: boolean): Promise<LogPosition> {
    const acted = action && (await recordOnce(action, isLate));
    const position = await recordOnce(moved, isLate);
    await reached(fulfil(taken, next, moved, position.index, messageOf(taken)));
    return acted ?? position;
  }

  /** What the work gives; the push is let go of in any case. Two at once here would let go of each other's. */
  async function holding<T>(id: string, work: (held: (taking: number) => void) => Promise<T>): Promise<T | undefined> {
    if (inHand.has(id)) return undefined;
    inHand.add(id);
    let taking: number | undefined;
    try {
      return await work((taken) => {
        taking = taken;
      });
    } catch (error) {
      // What does not arrive here either is found by the sweep.
      if (taking !== undefined)
        await database.query(release, { ...takingsOf([{ id, taking }]), origin }).catch(trouble);
      throw error;
    } finally {
      inHand.delete(id);
    }
  }

  return {
    find,
    record,
    carryOut: (push, plan) =>
      holding(push.id, async (held) => {
        const kept = await reached(takeFor(push, plan));
        if (kept === undefined) return undefined;
        held(kept.taken.taking);
        return finish(kept.taken, kept.intention, false);
      }),
    async goOn() {
      const rows = await database.query<{ id: string }>(intended, { limit: settings.sweepRowsMax });
      for (const { id } of rows) {
        await holding(id, async (held) => {
          const push = await find(id);
          const [row] = await database.query<Taken & { intention: Intention }>(takeIntended, { id, origin });
          if (row === undefined) return;
          held(row.taking);
          await finish({ ...push, ...row }, row.intention, true);
        });
      }
    },
    subjectOf: (push) => transitionEntry(setup, push, messageOf(push), push, nowMs()).subject,
    held: () => inHand,
  };
}

const nothingDone = 'The action could not be recorded; nothing was done.';
const doneLater =
  'The action could not be recorded yet; it is kept (`intended` in the details of the push), and done as soon as it is recorded.';

export function reached<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw cause instanceof Problem ? cause : unavailable('The state database does not answer now.', cause);
  });
}
