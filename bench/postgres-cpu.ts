/** CPU time of a PostgreSQL server, all its processes together. */

import type pg from 'pg';
import { cpuMicrosOfTree, parentOf } from './process-cpu.ts';

/** Since the start of the server, microseconds. Zero where there is no /proc. */
export async function postgresCpuMicros(connection: Pick<pg.Pool, 'query'>): Promise<number> {
  const { rows } = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const server = parentOf(rows[0]?.pid ?? 0);
  return server === undefined ? 0 : cpuMicrosOfTree(server);
}
