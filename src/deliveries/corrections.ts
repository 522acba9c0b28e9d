/** Lets a push stand in for an earlier one of its sender, from the moment at which it is kept: one alone, and never for what may have taken effect. */

import { Problem } from '../problems.ts';
import type { StateTransaction } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import type { DeliverySecrets } from './secrets.ts';
import { type NewRow, orderKeyOf } from './stored.ts';

interface Earlier {
  readonly id: string;
  readonly sender: string;
  readonly service: string;
  readonly order_key: string;
  readonly state: string | null;
  readonly leg: number | null;
  readonly in_doubt: boolean | null;
  readonly worker: string | null;
  readonly corrected_by: string | null;
  /** An operator's action is kept, and on its way. */
  readonly intended: boolean | null;
  /** False where somebody else is changing it at this moment: nothing of it can be told. */
  readonly settled: boolean;
}

interface Correction {
  readonly id: string;
  readonly corrects: string;
}

const folder = new URL('sql/', import.meta.url);
const lockEarlier = readStatement(folder, 'lock-earlier');
const overtakingOf = readStatement(folder, 'overtaking');
const markCorrected = readStatement(folder, 'mark-corrected');
const remove = readStatement(folder, 'remove');
const forgetTurns = readStatement(folder, 'forget-turns');

/**
 * In the transaction that inserted the rows. Those that may not stand in for what they name are gone again: the problems
 * of those, by id.
 */
export async function settleCorrections(
  transaction: StateTransaction,
  { secrets, origin }: { readonly secrets: DeliverySecrets; readonly origin: string },
  inserted: readonly NewRow[],
): Promise<ReadonlyMap<string, Problem>> {
  const rows = inserted.filter(({ corrects }) => corrects !== null);
  const problems = new Map<string, Problem>();
  if (rows.length === 0) return problems;
  const found = await transaction.query<Earlier>(lockEarlier, { ids: rows.flatMap(({ corrects }) => corrects ?? []) });
  const earlier = new Map(found.map((one) => [one.id, one]));
  const marked = new Map<string, Correction>();
  for (const row of rows) {
    const corrects = row.corrects ?? '';
    const one = earlier.get(corrects);
    const wrong = marked.has(corrects) ? taken : wrongWith(row, one, secrets);
    if (wrong === undefined && one?.settled === false) problems.set(row.id, unsettled());
    else if (wrong === undefined) marked.set(corrects, { id: row.id, corrects });
    else problems.set(row.id, new Problem('state-conflict', `Exchange-Corrects: ${wrong}.`));
  }
  for (const { id, corrects } of await overtaking(transaction, [...marked.values()])) {
    marked.delete(corrects);
    problems.set(id, new Problem('state-conflict', `Exchange-Corrects: ${overtakes}.`));
  }
  if (marked.size > 0) await transaction.query(markCorrected, { rows: JSON.stringify([...marked.values()]) });
  if (problems.size > 0) {
    const ids = [...problems.keys()];
    await transaction.query(remove, { ids, origin });
    await transaction.query(forgetTurns, { ids });
  }
  return problems;
}

/** Those that may not have the places of what they correct. */
async function overtaking(
  transaction: StateTransaction,
  corrections: readonly Correction[],
): Promise<readonly Correction[]> {
  if (corrections.length === 0) return [];
  const found = await transaction.query<{ id: string }>(overtakingOf, { rows: JSON.stringify(corrections) });
  const ids = new Set(found.map(({ id }) => id));
  return corrections.filter(({ id }) => ids.has(id));
}

/** Of no account for longer than a transaction: to be sent again. */
function unsettled(): Problem {
  const detail = 'Something is being done about the push that this one corrects.';
  return new Problem('delivery-unavailable', detail, { retryAfterSeconds: 1 });
}

const overtakes =
  'this push is about somebody whom that push does not name, and one that came between about that person is not settled; have that push discarded and send this one without';
const taken = 'another push stands in for that one already';
const stands =
  'let it come to its end (wait, or have it redelivered), then correct what it did by a push of its own kind, such as correct-civil-status';

function wrongWith(row: NewRow, earlier: Earlier | undefined, secrets: DeliverySecrets): string | undefined {
  if (earlier === undefined || earlier.sender !== row.sender) return 'there is no push of yours under that id';
  const [person] = row.persons;
  const isNobodys = (id: string, key: string | undefined) => key === orderKeyOf(secrets, id);
  const isSamePerson =
    person === earlier.order_key || (isNobodys(row.id, person) && isNobodys(earlier.id, earlier.order_key));
  if (!isSamePerson || row.service !== earlier.service) {
    return 'that push is about another person or for another service; have it discarded and send this one without';
  }
  if (earlier.worker !== null || earlier.intended)
    return 'that push is in hand at this moment; ask for its state, and try again';
  if (earlier.state === 'delivered') return 'that push is delivered; correct it by a push of its own kind';
  if (earlier.corrected_by !== null) return taken;
  if ((earlier.leg ?? 0) > 0) return `that push has taken effect in part; ${stands}`;
  return earlier.in_doubt ? `that push may have taken effect; ${stands}` : undefined;
}
