/** Sees to it that each month that entries fall into has its partition. */

import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';

export interface Months {
  /** `times` are RFC 3339 in UTC. */
  demand(times: Iterable<string>): Promise<void>;
  /** Partitions may be gone. */
  forget(): void;
}

const addMonth = readStatement(new URL('sql/', import.meta.url), 'add-month');

export function createMonths(queries: StateQueries): Months {
  const known = new Set<string>();
  return {
    async demand(times) {
      for (const time of times) {
        const month = time.slice(0, 'YYYY-MM'.length);
        if (known.has(month)) continue;
        await queries.query(addMonth, { month: `${month}-01` });
        known.add(month);
      }
    },
    forget: () => known.clear(),
  };
}
