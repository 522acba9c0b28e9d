/** What accepting pushes is compared with: a process that does nothing but insert the same rows, as many at a time. */

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createExchangeIds } from '../../src/exchange-ids.ts';
import { answerParent } from '../answer-parent.ts';
import { postgresCpuMicros } from '../postgres-cpu.ts';

export interface RawOpen {
  /** postgres:// URL of the gateway's database, whose rows are copied, and of the one that they go into. */
  readonly fromUrl: string;
  readonly toUrl: string;
}

export interface RawRun {
  readonly seconds: number;
  /** Rows in one statement, and statements under way at once. */
  readonly batchRows: number;
  readonly inFlight: number;
}

export interface RawResult {
  readonly rowsPerSecond: number;
  readonly cpuMicrosPerRow: number;
  /** Of PostgreSQL. */
  readonly postgresMicrosPerRow: number;
}

const sampleRows = 2000;
const columns = {
  ...{ id: 'uuid', origin: 'text', log_index: 'bigint', accepted_ms: 'bigint', sender: 'text', service: 'text' },
  ...{ version: 'text', registry: 'text', order_key: 'text', message_name: 'bytea', message_digest: 'bytea' },
  ...{ issue: 'text', since_ms: 'bigint', transitions: 'jsonb' },
};
const makeId = createExchangeIds(Date.now);
const names = Object.keys(columns);
const insert = `WITH given AS (
  SELECT * FROM unnest(${[...Object.values(columns), 'bytea'].map((type, at) => `$${at + 1}::${type}[]`).join(', ')})
    AS given (${[...names, 'content'].join(', ')})
),
added AS (INSERT INTO deliveries (${names.join(', ')}) SELECT ${names.join(', ')} FROM given RETURNING id, order_key, seq),
placed AS (INSERT INTO delivery_turns (id, person, turn, seq) SELECT id, order_key, seq, seq FROM added)
INSERT INTO delivery_messages (id, content) SELECT id, content FROM given`;
type Row = Record<string, unknown>;

let sample: Row[] = [];
let pool: pg.Pool | undefined;

async function open({ fromUrl, toUrl }: RawOpen): Promise<void> {
  const from = new pg.Client({ connectionString: fromUrl });
  await from.connect();
  const kept = names.map((name) => (columns[name as keyof typeof columns] === 'jsonb' ? `${name}::text` : name));
  const text = `SELECT ${kept.join(', ')}, content FROM deliveries JOIN delivery_messages USING (id) LIMIT $1`;
  sample = (await from.query<Row>(text, [sampleRows])).rows;
  await from.end();
  pool = new pg.Pool({ connectionString: toUrl, max: 64, options: '-c synchronous_commit=on' });
}

/** With an id and a name of its own each, as new pushes have. */
function batchAt(start: number, count: number): unknown[][] {
  const rows = Array.from({ length: count }, (_one, at) => ({
    ...sample[(start + at) % sample.length],
    id: makeId(),
    message_name: randomBytes(32),
  })) as Row[];
  return [...names, 'content'].map((name) => rows.map((row) => row[name]));
}

async function run({ seconds, batchRows, inFlight }: RawRun): Promise<RawResult> {
  if (pool === undefined) throw new Error('it is not open');
  const connections = pool;
  const startMs = performance.now();
  const postgresBefore = await postgresCpuMicros(connections);
  const cpu = process.cpuUsage();
  let rows = 0;
  const inserter = async () => {
    while (performance.now() - startMs < seconds * 1000) {
      const values = batchAt(rows, batchRows);
      rows += batchRows;
      await connections.query({ name: 'insert', text: insert, values });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, inserter));
  const { user, system } = process.cpuUsage(cpu);
  const tookMs = performance.now() - startMs;
  const postgres = (await postgresCpuMicros(connections)) - postgresBefore;
  return {
    rowsPerSecond: (rows / tookMs) * 1000,
    cpuMicrosPerRow: (user + system) / rows,
    postgresMicrosPerRow: postgres / rows,
  };
}

answerParent({ open, run }, () => pool?.end());
