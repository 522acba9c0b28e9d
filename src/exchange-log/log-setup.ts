/** What an exchange log is opened with, and whom it tells what it does. */

import type { Clock } from '../exchange/ports.ts';
import type { Cosigning } from './cosigning.ts';
import type { PrivateJwk } from './identity.ts';
import type { KeyMarks } from './key-record.ts';
import type { Recount } from './numbers/catch-up.ts';
import type { SubjectSettings } from './numbers/subject-numbers.ts';
import type { TreePlace } from './open-tree.ts';
import { entryBytesLimit } from './store/bundle.ts';
import type { Disk } from './store/disk.ts';
import { recordExtraBytes } from './store/record.ts';
import { recordBytesMax } from './store/segments.ts';
import type { WriterLimits } from './writer.ts';

export interface ExchangeLogSettings extends WriterLimits {
  /** Size of a segment of the write-ahead log, bytes. */
  readonly segmentBytes: number;
  /** Time between two checkpoints while entries come in, milliseconds. */
  readonly checkpointIntervalMs: number;
  /** How the entries about each subject are counted. */
  readonly subjects: SubjectSettings;
}

export interface LogObserver {
  committed(entries: number, bytes: number, durationMs: number): void;
  /** A checkpoint of that many entries is durable. */
  checkpointed(size: number, durationMs: number): void;
  /** Once, at the start. */
  recovered(recovery: LogRecovery): void;
  /** At the start: the entries about each subject are counted from the log, which takes its time. */
  recounting(recount: Recount): void;
  /** Called once: from now on every exchange is refused. */
  failed(error: unknown): void;
}

export interface LogRecovery {
  /** Entries, all under the log's signature. */
  readonly size: number;
  /** Of them in the newest checkpoint; all, unless that waits for witnesses. */
  readonly checkpointSize: number;
  /** Those that were durable and not signed yet. */
  readonly replayedEntries: number;
  /** Bytes of a commit that a crash cut off; nothing in it was acknowledged. */
  readonly tornBytes: number;
}

export interface ExchangeLogSetup {
  /** Made if absent; belongs to this process alone. */
  readonly folder: string;
  /** File outside the folder for a copy of what the log signed last, by which a start notices a folder that was lost or rolled back. */
  readonly headCopy?: string;
  /** Name of the log and of its key, such as `lienthong.example/gateway-1`; never changes. */
  readonly origin: string;
  readonly key: PrivateJwk;
  /** Keys before it that are not retired, the newest first: they sign too. */
  readonly olderKeys?: readonly PrivateJwk[];
  /** Further keys that the entries depend on. */
  readonly marks?: KeyMarks;
  readonly settings: ExchangeLogSettings;
  readonly clock: Clock;
  readonly observer: LogObserver;
  readonly disk?: Disk;
  /** Where the tree is kept: by default where it is best for the only log of a process; on a disk that is not the real one, always here. */
  readonly tree?: TreePlace;
  /** Witnesses that checkpoints are shown to before anyone else sees them. */
  readonly cosigning?: Cosigning | undefined;
}

/** Places in a segment are 32-bit numbers, and one segment is read whole at the start. */
const segmentBytesLimit = 1 << 30;

/** Throws RangeError for limits that leave no room for an entry. */
export function demandSettings({ segmentBytes, entryBytesMax }: ExchangeLogSettings): void {
  if (entryBytesMax > entryBytesLimit) {
    throw new RangeError(`exchangeLog.entryBytesMax is ${entryBytesMax}, and a bundle takes ${entryBytesLimit} bytes`);
  }
  if (entryBytesMax + recordExtraBytes > recordBytesMax(segmentBytes) || segmentBytes > segmentBytesLimit) {
    throw new RangeError(`exchangeLog.segmentBytes is ${segmentBytes}: from entryBytesMax to ${segmentBytesLimit}`);
  }
}
