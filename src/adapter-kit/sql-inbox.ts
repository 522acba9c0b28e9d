/** A registry's memory of what it was given: the outcome of each delivery, in the same transaction as its effect. */

import type { Delivery, DeliveryOutcome } from './delivery.ts';
import { compileStatement } from './named-parameters.ts';
import type { SqlDialect, SqlStatement, SqlValue } from './sql-driver.ts';
import type { RunStatement } from './sql-transaction.ts';

/** What tells one delivery from every other. */
export type TakenDelivery = Pick<Delivery, 'exchangeId' | 'leg' | 'round'>;

/** As the table has it; no round is the first one. */
type Kept = DeliveryOutcome & { readonly round?: number };

/**
 * Claiming the row comes first: a second transaction with the same delivery waits there for the first one's end, and finds
 * the outcome or, where the first was rolled back, a row of its own.
 */
const claims: Readonly<Record<SqlDialect, string>> = {
  postgres:
    'INSERT INTO delivery_inbox (exchange_id, leg) VALUES (:exchange_id, :leg) ON CONFLICT (exchange_id, leg) DO NOTHING',
  mariadb:
    'INSERT INTO delivery_inbox (exchange_id, leg) VALUES (:exchange_id, :leg) ON DUPLICATE KEY UPDATE leg = delivery_inbox.leg',
};
const finding = 'SELECT outcome FROM delivery_inbox WHERE exchange_id = :exchange_id AND leg = :leg FOR UPDATE';
const closing = 'UPDATE delivery_inbox SET outcome = :outcome WHERE exchange_id = :exchange_id AND leg = :leg';

export function createInbox(dialect: SqlDialect) {
  const claim = compileStatement('(inbox claim)', claims[dialect], dialect);
  const find = compileStatement('(inbox find)', finding, dialect);
  const close = compileStatement('(inbox close)', closing, dialect);

  return async (
    run: RunStatement,
    { exchangeId, leg, round }: TakenDelivery,
    work: () => Promise<DeliveryOutcome>,
  ): Promise<DeliveryOutcome> => {
    const key = { exchange_id: exchangeId, leg };
    await run(claim, valuesFor(claim, key));
    const [row] = await run(find, valuesFor(find, key));
    const known = typeof row?.outcome === 'string' ? (JSON.parse(row.outcome) as Kept) : undefined;
    if (known !== undefined && holds(known, round)) {
      const { round: _, ...outcome } = known;
      return outcome;
    }
    const outcome = await work();
    const kept: Kept = round === 0 ? outcome : { ...outcome, round };
    await run(close, valuesFor(close, { ...key, outcome: JSON.stringify(kept) }));
    return outcome;
  };
}

/** What is done stays so; a refusal left nothing, and may be decided anew. */
function holds({ outcome, round: keptIn = 0 }: Kept, round: number): boolean {
  return outcome === 'done' || (outcome === 'refused' && keptIn >= round);
}

function valuesFor({ parameters }: SqlStatement, values: Readonly<Record<string, string>>): SqlValue[] {
  return parameters.map((name) => values[name] ?? null);
}
