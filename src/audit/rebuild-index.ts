/** Makes the index of one log anew, from nothing. */

import type { StateSession } from '../state/session.ts';
import { type EntrySource, openLogWriter } from './log-writer.ts';

export interface RebuildOptions {
  /** Entries in one transaction. */
  readonly batchEntriesMax: number;
  /** For emptying the index. */
  readonly longStatementTimeoutMs: number;
  /** Entries indexed so far, of how many. */
  readonly progress: (done: number, total: number) => void;
  /** Ends it after the transaction under way; what is indexed by then stays, and whoever goes on begins behind it. */
  readonly signal: AbortSignal;
}

export interface Rebuilt {
  readonly indexed: number;
  readonly unreadable: number;
}

/** Throws SourceError, also where a gateway is writing the index of this log. */
export async function rebuildIndex(
  session: StateSession,
  source: EntrySource,
  { batchEntriesMax, longStatementTimeoutMs, progress, signal }: RebuildOptions,
): Promise<Rebuilt> {
  const writer = await openLogWriter(session, source);
  await writer.forget(longStatementTimeoutMs);
  let unreadable = 0;
  while (writer.indexed < source.size() && !signal.aborted) {
    unreadable += (await writer.add(batchEntriesMax)).length;
    progress(writer.indexed, source.size());
  }
  return { indexed: writer.indexed, unreadable };
}
