/** The step that every reply waits for: the entry is durable, or there is no reply. */

import { Problem } from '../../problems.ts';
import type { ExchangeLog } from '../ports.ts';
import type { LogEntry, LogPosition } from '../types.ts';

export interface RecordDependencies {
  readonly log: Pick<ExchangeLog, 'record'>;
}

export const record =
  ({ log }: RecordDependencies) =>
  async (entry: LogEntry): Promise<LogPosition> => {
    try {
      return await log.record(entry);
    } catch (cause) {
      // The log may say itself why it takes nothing for now.
      if (cause instanceof Problem) throw cause;
      throw new Problem('log-unavailable', 'The exchange could not be recorded; its answer is withheld.', { cause });
    }
  };
