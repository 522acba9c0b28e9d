/** Stands up the sample registry in an empty database, so that the gateway can be tried without a real one. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type SqlSourceSettings, type SqlValue, seedDatabase } from '../../src/adapter-kit/index.ts';
import { samplePopulation } from '../sample-people/index.ts';
import { sampleRows } from './seed/sample-rows.ts';

/** Fills the database unless it holds these very rows; resolves with whether it had to. Throws SourceError. */
export async function seed(settings: Pick<SqlSourceSettings, 'url' | 'connectTimeoutMs' | 'tls'>): Promise<boolean> {
  const schema = await readFile(new URL('schema.sql', import.meta.url), 'utf8');
  const tables = sampleRows(samplePopulation());
  const version = createHash('sha256').update(schema).update(JSON.stringify(tables)).digest('hex');
  return seedDatabase(settings, {
    version,
    async fill(seeder) {
      await seeder.executeScript(schema);
      for (const [table, rows] of Object.entries(tables)) await seeder.insertRows(table, ...columnwise(rows));
    },
  });
}

/** Every row of a table has the same columns. */
function columnwise(rows: readonly Readonly<Record<string, SqlValue>>[]): [string[], Iterable<SqlValue[]>] {
  const columns = Object.keys(rows[0] ?? {});
  return [columns, rows.map((row) => columns.map((column) => row[column] ?? null))];
}
