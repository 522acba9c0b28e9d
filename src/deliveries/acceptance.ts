/** Takes pushes over: each is durable and has its place in the order before its sender's exchange is recorded. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LogPosition } from '../exchange/entries.ts';
import type { OfferedPush } from '../exchange/ports.ts';
import type { Acceptance } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { createBatches } from './batches.ts';
import { createInsertion, type Inserted, type SameName } from './insertion.ts';
import type { DeliverySecrets } from './secrets.ts';
import type { DeliverySettings } from './settings.ts';
import { type NewRow, newRow } from './stored.ts';

export interface AcceptanceSetup {
  readonly database: Pick<StateDatabase, 'query' | 'transaction'>;
  readonly secrets: DeliverySecrets;
  /** Name of this gateway's log. */
  readonly origin: string;
  readonly settings: Pick<DeliverySettings, 'acceptBatchMax' | 'acceptPendingMax' | 'nameWaitMs'>;
  /** Resolves when what an ended gateway left of this push is settled; false where another one still has it. */
  readonly settleLeft: (exchangeId: string) => Promise<boolean>;
}

interface UnderWay {
  /** Undefined where it is not known to have a place. */
  readonly placed: PromiseWithResolvers<LogPosition | undefined>;
  readonly ended: PromiseWithResolvers<void>;
}

export interface Accepting {
  /** See Deliveries. */
  accept(push: OfferedPush): Promise<Acceptance>;
  /** True while something is done about the acceptance here: nobody else may settle it. */
  isUnderWay(exchangeId: string): boolean;
  begin(exchangeId: string): void;
  /** The acceptance stands in the log. */
  placed(exchangeId: string, position: LogPosition): void;
  /** Nothing is done about it here any more. */
  end(exchangeId: string): void;
  /** Resolves at that moment; at once where nothing is done about it. */
  ended(exchangeId: string): Promise<void>;
  idle(): Promise<void>;
}

const retryAfterSeconds = 5;
/** Beyond it the database has trouble, of which the insert will tell. */
const arrivalMsMax = 2_000;
/** Batches on their way to the disk at once. */
const overlapMax = 3;
/** Rounds in which an earlier push of the name comes to its end; where another gateway has it, the pauses add up to 2.5 s. */
const roundsMax = 8;
const firstPauseMs = 10;

export function createAccepting(setup: AcceptanceSetup): Accepting {
  const { secrets, origin, settings, settleLeft } = setup;
  const underWay = new Map<string, UnderWay>();
  const inserts = createBatches<NewRow, Inserted>({
    itemsMax: settings.acceptBatchMax,
    pendingMax: settings.acceptPendingMax,
    overlapMax,
    run: createInsertion(setup),
    full: () => unavailable('Too many pushes wait to be accepted.'),
  });

  async function insertOne(row: NewRow): Promise<Inserted> {
    begin(row.id);
    try {
      const inserted = await inserts.add(row);
      if (inserted !== 'added') end(row.id);
      return inserted;
    } catch (error) {
      end(row.id);
      if (error instanceof Problem) throw error;
      throw unavailable('Pushes cannot be kept now.', error);
    }
  }

  /** Where the earlier push's acceptance stands; undefined where that has to be looked for again. */
  async function placeOf(earlier: SameName, pauseMs: number): Promise<LogPosition | undefined> {
    if (earlier.log_index !== null) return { index: earlier.log_index };
    const known = underWay.get(earlier.id);
    if (known !== undefined) return known.placed.promise;
    // One's own that is neither under way nor left behind has come to its place since it was read.
    const isSettled = await settleLeft(earlier.id).catch((error: unknown) => {
      throw error instanceof Problem ? error : unavailable('Pushes cannot be kept now.', error);
    });
    if (isSettled || earlier.origin === origin) return undefined;
    // It is under way at another gateway.
    await sleep(pauseMs);
    return undefined;
  }

  function begin(exchangeId: string): void {
    if (underWay.has(exchangeId)) return;
    underWay.set(exchangeId, { placed: Promise.withResolvers(), ended: Promise.withResolvers() });
  }

  function end(exchangeId: string): void {
    const one = underWay.get(exchangeId);
    underWay.delete(exchangeId);
    one?.placed.resolve(undefined);
    one?.ended.resolve();
  }

  return {
    async accept(push) {
      const earlier = push.corrects === undefined ? undefined : underWay.get(push.corrects);
      // Its sender may correct it before its place in the log is noted.
      if (earlier !== undefined)
        await Promise.race([earlier.ended.promise, sleep(arrivalMsMax, undefined, { ref: false })]);
      const row = newRow(secrets, push);
      for (let round = 0; round < roundsMax; round += 1) {
        const inserted = await insertOne(row);
        if (inserted instanceof Problem) throw inserted;
        if (inserted === 'added') return { exchangeId: row.id, repeats: undefined };
        if (inserted === 'locked') break;
        if (inserted === 'again') continue;
        if (!inserted.message_digest.equals(Buffer.from(row.message_digest, 'base64'))) throw reused(inserted.id);
        const repeats = await placeOf(inserted, firstPauseMs * 2 ** round);
        if (repeats !== undefined) return { exchangeId: inserted.id, repeats: { ...repeats, log: inserted.origin } };
      }
      throw unavailable('The same message is being accepted at this moment.');
    },
    isUnderWay: (exchangeId) => underWay.has(exchangeId),
    begin,
    placed: (exchangeId, position) => underWay.get(exchangeId)?.placed.resolve(position),
    end,
    ended: async (exchangeId) => underWay.get(exchangeId)?.ended.promise,
    idle: () => inserts.idle(),
  };
}

/** The name is unique for its sender: nobody else is told of the earlier exchange. */
function reused(exchangeId: string): Problem {
  const detail = `You sent another message to this service under the same id before: exchange ${exchangeId}.`;
  return new Problem('message-id-reused', detail);
}

export function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem('delivery-unavailable', detail, { cause, retryAfterSeconds });
}
