/** Fills the simulator's database with the shared sample people, once. */

import { readFile } from 'node:fs/promises';
import { seedDatabase } from '../../../src/adapter-kit/index.ts';
import { samplePopulation, sampleVersion } from '../../sample-people/index.ts';
import { registryRows } from './seed-rows.ts';

/** To be raised with every change of the schema or of these rows. */
const tablesVersion = 'judicial-3';

/** Leaves a database alone that holds this version of the sample. Throws SourceError. */
export async function seedRegistry(databaseUrl: string): Promise<void> {
  await seedDatabase(
    { url: databaseUrl, connectTimeoutMs: 60_000 },
    {
      version: `${tablesVersion} ${sampleVersion}`,
      async fill(seeder) {
        await seeder.executeScript(await readFile(new URL('./schema.sql', import.meta.url), 'utf8'));
        for (const [table, rows] of registryRows(samplePopulation())) {
          const columns = Object.keys(rows[0] ?? {});
          await seeder.insertRows(
            table,
            columns,
            rows.map((row) => columns.map((column) => row[column] ?? null)),
          );
        }
      },
    },
  );
}
