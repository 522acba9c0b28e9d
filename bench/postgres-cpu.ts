/** CPU time of a PostgreSQL server: where a machine is shared, it says more than how long anything took. */

import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

/** Since the start of the server, microseconds, all its processes together. Zero where there is no /proc. */
export async function postgresCpuMicros(connection: Pick<pg.Pool, 'query'>): Promise<number> {
  const { rows } = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const server = statOf(String(rows[0]?.pid))?.parent;
  if (server === undefined) return 0;
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = statOf(pid);
    if (stat === undefined) continue;
    if (pid === server) ticks += stat.ticks + stat.endedTicks;
    else if (stat.parent === server) ticks += stat.ticks;
  }
  return (ticks * 1_000_000) / ticksPerSecond;
}

/** USER_HZ, which Linux promises to programs on all machines that Node runs on. */
const ticksPerSecond = 100;

/** proc(5), /proc/pid/stat: behind the name in brackets come state, parent, and as 14th to 17th field the times. */
function statOf(pid: string): { parent: string; ticks: number; endedTicks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number);
    return { parent: fields[1] ?? '', ticks: user + system, endedTicks: endedUser + endedSystem };
  } catch {
    // No Linux, or a process that ended just now.
    return undefined;
  }
}
