/** The log as the rest of the gateway has it: what may be recorded, and what is read of it. */

import type { ExchangeLog } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { FirstFailure } from './first-failure.ts';
import type { LogIdentity } from './identity.ts';
import type { Integrator } from './integrator.ts';
import type { SubjectNumbers } from './numbers/subject-numbers.ts';
import type { Segments } from './store/segments.ts';
import type { TileReader } from './tree/stored-hashes.ts';
import type { LogWriter } from './writer.ts';

export interface TransparencyLog extends ExchangeLog {
  /** Undefined while the log can be written; any failed write or sync is final. */
  readonly failure: unknown;
  /** True while nothing is recorded because witnesses do not cosign; that passes. */
  readonly lacksWitnesses: boolean;
  /** The newest key by which others verify checkpoints: `origin+key id+base64`. */
  readonly vkey: string;
  /** Every key that signs, the newest first. */
  readonly vkeys: readonly string[];
  /** Tiles over all that is in the tree, whether a checkpoint covers it yet or not. Rejects for a tile that is not there. */
  readonly reader: TileReader;
  /** The mark of its segments, from its first key: 32 hexadecimal digits. */
  readonly logId: string;
  /** Durable entries. */
  size(): number;
  /** The newest checkpoint, a signed note. */
  checkpoint(): string;
  /** A durable entry, canonical JSON. RangeError for an index that has none. */
  readEntry(index: number): Promise<Buffer>;
  /**
   * Durable entries from an index on, in order: at least one, `count` at most. Stops short where the next ones are in
   * another file, so that each bundle is read once. RangeError for an index that has none.
   */
  readEntries(from: number, count: number): Promise<readonly Buffer[]>;
  /** Index of a durable entry that took long or was recorded late; undefined where none such has that id. */
  lateAt(id: string): number | undefined;
  /** A checkpoint that covers the entry, as soon as there is one. RangeError for an index that has no durable entry. */
  waitForCheckpoint(index: number): Promise<string>;
  /** Waits for what is under way, publishes it, then refuses more. */
  close(): Promise<void>;
}

export interface LogParts {
  readonly identity: LogIdentity;
  readonly logId: string;
  readonly integrator: Integrator;
  readonly checkpoints: Checkpoints;
  readonly segments: Segments;
  readonly numbers: SubjectNumbers;
  readonly writer: LogWriter;
  readonly failure: FirstFailure;
}

export function createLog({
  identity,
  logId,
  integrator,
  checkpoints,
  segments,
  numbers,
  writer,
  failure,
}: LogParts): TransparencyLog {
  let closed: Error | undefined;

  function demandDurable(index: number): void {
    if (Number.isSafeInteger(index) && index >= 0 && index < writer.size) return;
    throw new RangeError(`the log has ${writer.size} entries, and none at ${index}`);
  }

  return {
    get failure() {
      return failure.cause ?? closed;
    },
    get lacksWitnesses() {
      return checkpoints.overdue;
    },
    vkey: identity.vkey,
    vkeys: identity.vkeys,
    reader: { tile: integrator.tile },
    logId,
    refusal() {
      const cause = failure.cause ?? closed;
      if (cause !== undefined) return new Problem('log-unavailable', 'The exchange log takes no entries.', { cause });
      return checkpoints.overdue ? witnessesMissing() : undefined;
    },
    record: (entry) => (checkpoints.overdue ? Promise.reject(witnessesMissing()) : writer.record(entry)),
    size: () => writer.size,
    checkpoint: () => checkpoints.newest.note,
    async readEntry(index) {
      demandDurable(index);
      return integrator.entry(index);
    },
    async readEntries(from, count) {
      demandDurable(from);
      return integrator.entries(from, count);
    },
    lateAt: numbers.lateAt,
    async waitForCheckpoint(index) {
      demandDurable(index);
      return checkpoints.covering(index);
    },
    async close() {
      // What an acknowledged entry's owner records next is under way as well.
      await writer.idle();
      closed = new Error('the log is closed');
      writer.stop(closed);
      await integrator.caughtUp();
      if (failure.cause === undefined) await checkpoints.publish().catch(failure.set);
      await checkpoints.end(closed);
      await integrator.close();
      await numbers.close();
      await segments.close();
    },
  };
}

/** Witnesses that failed are asked again at intervals of this order. */
const retryAfterSeconds = 5;

function witnessesMissing(): Problem {
  const detail = 'Too few witnesses vouch for the exchange log; the answer is withheld until they do again.';
  return new Problem('witnesses-missing', detail, { retryAfterSeconds });
}
