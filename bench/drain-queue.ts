/** An outage of the registry, the queue that grows meanwhile, and the order in which it takes effect afterwards. */

import pg from 'pg';
import { pushedPeople, pushPath, residencePush } from './push-messages.ts';
import type { PushServer } from './push-server.ts';
import type { Registry } from './registry.ts';

export interface Outage {
  /** The register takes no connections any more, and those that there are end. */
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Pushes that are not settled. */
  queued(): Promise<number>;
  /** Pushes that took effect, that of the start not counted; the register may refuse some. */
  delivered(): Promise<number>;
}

/** Notes every change of a residence in its order. */
const noteEffects = `CREATE TABLE effect (n bigserial PRIMARY KEY, pin text NOT NULL, line text NOT NULL);
CREATE FUNCTION note_effect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO effect (pin, line) VALUES (NEW.pin, NEW.line); RETURN NEW; END $$;
CREATE TRIGGER note_effect AFTER INSERT OR UPDATE ON residence FOR EACH ROW EXECUTE FUNCTION note_effect();`;

export async function openOutage(
  stack: AsyncDisposableStack,
  registry: Registry,
  { state }: PushServer,
): Promise<Outage> {
  await onceIn(registry.url, noteEffects);
  // Nobody can shut a database in which he is.
  const beside = new URL(registry.url);
  beside.pathname = '/postgres';
  const outside = new pg.Pool({ connectionString: beside.href, max: 1 });
  stack.defer(() => outside.end());
  const count = async (condition: string) =>
    (await state.query<{ n: number }>(`SELECT count(*)::int AS n FROM deliveries WHERE ${condition}`)).rows[0]?.n ?? 0;
  return {
    async begin() {
      await outside.query('ALTER DATABASE population ALLOW_CONNECTIONS false');
      await outside.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'population'`);
    },
    async end() {
      await outside.query('ALTER DATABASE population ALLOW_CONNECTIONS true');
    },
    queued: () => count('final_ms IS NULL'),
    delivered: async () => (await count(`state = 'delivered'`)) - 1,
  };
}

/** Each sender waits for each reply; about the same person speaks one sender alone. */
export async function fillQueue({ url, headers }: PushServer, records: number): Promise<{ perSecond: number }> {
  const people = pushedPeople();
  const startMs = performance.now();
  const send = async (sender: number) => {
    for (let at = sender; at < records; at += senders) {
      const body = residencePush(people[at % people.length] ?? '', lineAt(at));
      const response = await fetch(`${url}${pushPath}`, {
        method: 'POST',
        headers: { ...headers, 'x-road-id': `record-${at}` },
        body,
      });
      await response.arrayBuffer();
      if (response.status !== 202) throw new Error(`record ${at} gets ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: senders }, (_one, sender) => send(sender)));
  return { perSecond: (records / (performance.now() - startMs)) * 1000 };
}

/** A divisor of the number of people. */
const senders = 64;
const lineAt = (at: number) => `bản ghi ${String(at).padStart(8, '0')}`;

/** Records that took effect before an earlier one about the same person, that are missing, or that are there twice. */
export async function misplaced(registryUrl: string, delivered: number): Promise<number> {
  const [row] = await onceIn(
    registryUrl,
    `SELECT count(*) FILTER (WHERE line <= before)::int + abs(${delivered} - count(*)::int) AS wrong
     FROM (SELECT line, lag(line) OVER (PARTITION BY pin ORDER BY n) AS before
           FROM effect WHERE line LIKE 'bản ghi %') each`,
  );
  return Number(row?.wrong);
}

async function onceIn(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
