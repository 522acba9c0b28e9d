/** The step that every reply waits for: the entry is durable, or there is no reply. */

import { Problem } from '../../problems.ts';
import type { LogEntry, LogPosition } from '../entries.ts';
import type { ExchangeLog } from '../ports.ts';

export interface RecordDependencies {
  readonly log: Pick<ExchangeLog, 'record'>;
}

export const record =
  ({ log }: RecordDependencies) =>
  (entry: LogEntry): Promise<LogPosition> =>
    log.record(entry).catch(withheld);

/** The log may say itself why it takes nothing for now. */
function withheld(cause: unknown): never {
  if (cause instanceof Problem) throw cause;
  throw new Problem('log-unavailable', 'The exchange could not be recorded; its answer is withheld.', { cause });
}
