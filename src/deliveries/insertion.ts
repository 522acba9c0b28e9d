/** Keeps a batch of pushes under their names, and lets none of them wait long for a name that another gateway is about to keep, and may never come to keep. */

import type { Problem } from '../problems.ts';
import { RowLocked, type StateTransaction } from '../state/session.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readPrepared } from '../state/statements.ts';
import { settleCorrections } from './corrections.ts';
import type { DeliverySecrets } from './secrets.ts';
import type { DeliverySettings } from './settings.ts';
import type { NewRow } from './stored.ts';

export interface InsertionSetup {
  readonly database: Pick<StateDatabase, 'query' | 'transaction'>;
  readonly secrets: DeliverySecrets;
  /** Name of this gateway's log. */
  readonly origin: string;
  readonly settings: Pick<DeliverySettings, 'nameWaitMs'>;
}

export interface SameName {
  readonly id: string;
  readonly origin: string;
  readonly log_index: number | null;
  readonly message_digest: Buffer;
  readonly sender: string;
  readonly service: string;
  readonly message_name: Buffer;
}

/** `again` where the one of the same name is gone meanwhile; `locked` where another gateway has not come to an end with it. */
export type Inserted = 'added' | SameName | 'again' | 'locked' | Problem;

/** What became of each row. `mayFollow` is called when the next batch may begin. Throws SourceError. */
export type Insert = (rows: readonly NewRow[], mayFollow: () => void) => Promise<Inserted[]>;

interface Kept {
  readonly added: ReadonlySet<string>;
  readonly locked: ReadonlySet<string>;
  readonly problems: ReadonlyMap<string, Problem>;
}

type Keep = (transaction: StateTransaction, rows: readonly NewRow[]) => Promise<Pick<Kept, 'added' | 'locked'>>;

const folder = new URL('sql/', import.meta.url);
const insert = readPrepared(folder, 'insert');
const sameName = readPrepared(folder, 'same-name');
const nobody: ReadonlySet<string> = new Set();
/** Whoever is asked one by one was waited for already: in this part of the time. */
const secondWait = 0.1;

export function createInsertion(setup: InsertionSetup): Insert {
  const { database, origin } = setup;
  const { nameWaitMs } = setup.settings;

  async function add(transaction: StateTransaction, rows: readonly NewRow[]): Promise<ReadonlySet<string>> {
    const added = await transaction.query<{ id: string }>(insert, { rows: JSON.stringify(rows), origin });
    return new Set(added.map(({ id }) => id));
  }

  const together: Keep = async (transaction, rows) => ({ added: await add(transaction, rows), locked: nobody });

  /** Nobody can see which names are locked: each is tried. */
  const oneByOne: Keep = async (transaction, rows) => {
    const added = new Set<string>();
    const locked = new Set<string>();
    for (const row of rows) {
      await transaction.execute('SAVEPOINT one');
      try {
        for (const id of await add(transaction, [row])) added.add(id);
      } catch (error) {
        if (!(error instanceof RowLocked)) throw error;
        await transaction.execute('ROLLBACK TO SAVEPOINT one');
        locked.add(row.id);
      }
      await transaction.execute('RELEASE SAVEPOINT one');
    }
    return { added, locked };
  };

  function keep(rows: readonly NewRow[], mayFollow: () => void, how: Keep, lockTimeoutMs: number): Promise<Kept> {
    return database.transaction(
      async (transaction) => {
        const { added, locked } = await how(transaction, rows);
        // Their places in the order are taken: the next ones may have theirs while these are written to the disk.
        mayFollow();
        const inserted = rows.filter(({ id }) => added.has(id));
        return { added, locked, problems: await settleCorrections(transaction, setup, inserted) };
      },
      { lockTimeoutMs },
    );
  }

  async function keepAll(rows: readonly NewRow[], mayFollow: () => void): Promise<Kept> {
    try {
      return await keep(rows, mayFollow, together, nameWaitMs);
    } catch (error) {
      if (!(error instanceof RowLocked)) throw error;
      return keep(rows, mayFollow, oneByOne, Math.ceil(nameWaitMs * secondWait));
    }
  }

  return async (rows, mayFollow) => {
    const { added, locked, problems } = await keepAll(rows, mayFollow);
    const others = rows.filter(({ id }) => !added.has(id) && !locked.has(id));
    const known =
      others.length === 0 ? [] : await database.query<SameName>(sameName, { names: JSON.stringify(others) });
    const byName = new Map(known.map((one) => [nameOf(one.sender, one.service, one.message_name), one]));
    return rows.map((row) => {
      if (added.has(row.id)) return problems.get(row.id) ?? 'added';
      if (locked.has(row.id)) return 'locked';
      // Gone meanwhile: it was refused after all.
      return byName.get(nameOf(row.sender, row.service, Buffer.from(row.message_name ?? '', 'base64'))) ?? 'again';
    });
  };
}

function nameOf(sender: string, service: string, name: Buffer): string {
  return `${sender} ${service} ${name.toString('base64')}`;
}
