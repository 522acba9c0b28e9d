/** Looks again and again whether the order holds somebody for nothing: a gateway of a version that knew no turns settles pushes and wakes nobody. */

import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import type { Queues } from './queues.ts';

export interface TurnCheckSetup {
  readonly database: Pick<StateDatabase, 'transaction'>;
  readonly queues: Pick<Queues, 'settle' | 'wake'>;
  /** Pushes that are looked at in one pass. */
  readonly rowsMax: number;
  /** Told of registries in whose queue something woke. */
  readonly woken: (registries: readonly string[]) => void;
}

interface Turn {
  readonly id: string;
  readonly settled: boolean;
  readonly forgotten: boolean;
}

const lookAtTurns = readStatement(new URL('sql/', import.meta.url), 'look-at-turns');

/** Each call looks at those behind the last ones, and begins anew behind the end. */
export function createTurnCheck({ database, queues, rowsMax, woken }: TurnCheckSetup): () => Promise<void> {
  let after: string | undefined;

  return async () => {
    const registries = await database.transaction(async (transaction) => {
      const page = await transaction.query<Turn>(lookAtTurns, { after, limit: rowsMax });
      after = page.length < rowsMax ? undefined : page.at(-1)?.id;
      const settled = page.filter((one) => one.settled).map(({ id }) => id);
      const forgotten = page.filter((one) => one.forgotten && !one.settled).map(({ id }) => id);
      return [...(await queues.settle(transaction, settled)), ...(await queues.wake(transaction, forgotten))];
    });
    woken(registries);
  };
}
