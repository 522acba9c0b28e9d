/** Finds the state database: the configured one, or a database of the embedded PostgreSQL. */

import type { SharedPostgres } from './embedded/shared-postgres.ts';
import type { StateAddress, StateSettings } from './state/settings.ts';

/** Name of the database on the embedded server. */
export const embeddedDatabase = 'lienthong_state';

/** Starts the embedded server and makes the database in it, where that is the one. Throws EmbeddedError. */
export async function locateState({ database }: StateSettings, postgres: SharedPostgres): Promise<StateAddress> {
  if (database !== 'embedded') return database;
  const server = await postgres.get();
  await server.createDatabase(embeddedDatabase);
  return { url: server.url(embeddedDatabase) };
}
