/** How far every log is indexed. */

import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';

export interface LogState {
  /** Number of the log in the index. */
  readonly id: number;
  /** Origin of the log. */
  readonly log: string;
  /** Entries indexed. */
  readonly indexed: number;
  /** Entries among them that have no row, because they could not be understood. */
  readonly unreadable: number;
}

const logs = readStatement(new URL('sql/', import.meta.url), 'logs');

/** In the order of the origins. */
export function logStates(queries: StateQueries): Promise<readonly LogState[]> {
  return queries.query<LogState>(logs);
}
