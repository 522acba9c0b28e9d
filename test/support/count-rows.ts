/** Counts rows of a registry's own database, over a connection of the test's. */

import { createConnection } from 'mysql2/promise';
import pg from 'pg';

/** `sql` has one column; placeholders are those of the engine. */
export async function countRows(url: string, sql: string, values: readonly unknown[]): Promise<number> {
  if (url.startsWith('mysql')) {
    const connection = await createConnection(url);
    try {
      const [[row]] = (await connection.query(sql.replace(/\$\d+/g, '?'), [...values])) as unknown as [object[]];
      return Number(Object.values(row ?? {})[0]);
    } finally {
      await connection.end();
    }
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(sql, [...values]);
    return Number(Object.values(rows[0] ?? {})[0]);
  } finally {
    await client.end();
  }
}
