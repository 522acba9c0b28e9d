/** What a process answers out of the logs that it has open itself. */

import type { LogEntry, LogPosition } from './exchange/entries.ts';
import type { LookingUp, ProvenEntries, Receipt, RecordedExchange } from './exchange/log-ports.ts';
import { record as recordIn } from './exchange/steps/record.ts';
import type { HeldLog } from './held-log.ts';

/** Undefined each time for a log that it does not have open. */
export interface HeldLogs {
  /** The process's own one where no log is named. */
  of(origin: string | undefined): HeldLog | undefined;
  find(exchangeId: string, by: LookingUp): Promise<RecordedExchange | undefined>;
  receiptOf(recorded: RecordedExchange): Promise<Receipt> | undefined;
  prove(origin: string, indexes: readonly number[]): Promise<ProvenEntries | undefined>;
  record(origin: string, entry: LogEntry): Promise<LogPosition | undefined>;
  /** See SubjectKeys: in all of them. */
  erase(subjects: readonly string[]): Promise<void>;
  /** See HeldLog: all of them. */
  caughtUp(timeoutMs: number): Promise<boolean>;
}

export function createHeldLogs(held: readonly [HeldLog, ...HeldLog[]]): HeldLogs {
  const [own] = held;
  const heldOf = (origin: string | undefined) =>
    held.find(({ place }) => place.origin === (origin ?? own.place.origin));
  return {
    of: heldOf,
    async find(exchangeId, by) {
      for (const { place, receipts } of held) {
        const found = await receipts.find(exchangeId, by);
        if (found !== undefined) return { ...found, log: place.origin };
      }
      return undefined;
    },
    receiptOf: (recorded) => heldOf(recorded.log)?.receipts.prove(recorded),
    prove: async (origin, indexes) => heldOf(origin)?.ownLog.prove(indexes),
    async record(origin, entry) {
      const log = heldOf(origin);
      if (log === undefined) return undefined;
      const { index } = await recordIn({ log })(entry);
      return { index };
    },
    async erase(subjects) {
      for (const { evidences } of held) await evidences?.subjectKeys.erase(subjects);
    },
    caughtUp: async (timeoutMs) => (await Promise.all(held.map((log) => log.caughtUp(timeoutMs)))).every(Boolean),
  };
}
