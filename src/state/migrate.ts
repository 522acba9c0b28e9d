/** Brings the schema of the state database up to what this version of the gateway knows, step by step, once. */

import { readdirSync, readFileSync } from 'node:fs';
import { SourceError } from '../adapter-kit/source-error.ts';
import type { StateSession } from './session.ts';
import { statement } from './statements.ts';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

const lock = statement('lock', `SELECT pg_advisory_xact_lock(hashtext('lienthong state schema'))`);
const prepare = statement(
  'prepare',
  `CREATE TABLE IF NOT EXISTS state_migrations (
     number integer PRIMARY KEY, name text NOT NULL, applied timestamptz NOT NULL DEFAULT now())`,
);
const list = statement('list', 'SELECT number FROM state_migrations ORDER BY number');
const note = statement('note', 'INSERT INTO state_migrations (number, name) VALUES (:number, :name)');

/**
 * Applies the `0001-name.sql` of the folder that are not applied yet, all in one transaction. Gateways that start together
 * do it one after the other. Throws SourceError where the database is of a newer gateway.
 */
export async function migrate(session: StateSession, folder: URL, timeoutMs: number): Promise<void> {
  const migrations = readMigrations(folder);
  const newest = migrations.at(-1)?.number ?? 0;
  await session.transaction(async () => {
    await session.query(lock);
    await session.query(prepare);
    const applied = await session.query<{ number: number }>(list);
    const unknown = applied.find(({ number }) => number > newest);
    if (unknown !== undefined) {
      throw new SourceError(
        'failed',
        `the state database has schema ${unknown.number}, this gateway knows ${newest}: start the newer gateway, or give this one a database of its own`,
      );
    }
    for (const { number, name, sql } of migrations) {
      if (applied.some((one) => one.number === number)) continue;
      await session.query({ name, text: sql, parameters: [] });
      await session.query(note, { number, name });
    }
  }, timeoutMs);
}

function readMigrations(folder: URL): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name) => ({
    number: Number.parseInt(name, 10),
    name: name.slice(0, -'.sql'.length),
    sql: readFileSync(new URL(name, folder), 'utf8'),
  }));
}
