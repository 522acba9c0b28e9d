/** Measures the index of the exchange log: how fast entries go in, and how long each question takes over all of them. */

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createAuditIndex } from '../src/audit/audit-index.ts';
import { openLogWriter } from '../src/audit/log-writer.ts';
import { createProgress } from '../src/cli/log-lines.ts';
import { openDataFolder } from '../src/embedded/data-folder.ts';
import type { Log } from '../src/embedded/log.ts';
import { startEmbeddedPostgres } from '../src/embedded/postgres.ts';
import type { AuditIndex } from '../src/exchange/audit.ts';
import { type OpenState, openState } from '../src/state/open-state.ts';
import { statement } from '../src/state/statements.ts';
import { type EntryPlan, entryAt } from './audit-entries.ts';
import { auditQuestions, type Question } from './audit-questions.ts';
import { table } from './report.ts';
import { median } from './statistics.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const usage = 'node bench/audit.ts [--entries 200000] [--repeats 5] [--data FOLDER]';

const limits = {
  poolMax: 4,
  waitingMax: 64,
  connectTimeoutMs: 5000,
  statementTimeoutMs: 60_000,
  longStatementTimeoutMs: 600_000,
  retryMs: 500,
  retryMsMax: 30_000,
};
const batchEntries = 1024;
const database = 'audit';
const log: Log = {
  info: () => undefined,
  warn: (object, message) => console.error(message, object),
  error: (object, message) => console.error(message, object),
};

/** A year. */
const planOf = (entries: number): EntryPlan => ({
  entries,
  startMs: Date.UTC(2025, 8, 1),
  endMs: Date.UTC(2026, 8, 1),
});

async function ingest(state: OpenState, plan: EntryPlan): Promise<number> {
  const source = {
    origin: 'lienthong.example/bench',
    size: () => plan.entries,
    readEntries: async (from: number, count: number) =>
      Array.from({ length: count }, (_one, ordinal) => Buffer.from(JSON.stringify(entryAt(from + ordinal, plan)))),
  };
  const session = await state.connect();
  const progress = createProgress(process.stderr);
  const startMs = performance.now();
  try {
    const writer = await openLogWriter(session, source);
    while (writer.indexed < plan.entries) {
      await writer.add(batchEntries);
      progress(writer.indexed, plan.entries);
    }
  } finally {
    await session.close();
  }
  return (plan.entries / (performance.now() - startMs)) * 1000;
}

interface Timing {
  readonly question: Question;
  readonly rows: number;
  readonly firstMs: number;
  readonly againMs: number;
}

async function time(index: AuditIndex, question: Question, repeats: number): Promise<Timing> {
  const once = async () => {
    const startMs = performance.now();
    const rows = await question.ask(index);
    return { rows, ms: performance.now() - startMs };
  };
  const { rows, ms: firstMs } = await once();
  const again: number[] = [];
  for (let count = 0; count < repeats; count += 1) again.push((await once()).ms);
  return { question, rows, firstMs, againMs: median(again) };
}

/** Takes the database's files out of the system's memory, file by file; other programs' stay. False where dd cannot. */
function forgetFiles(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const of = `of=${path.join(entry.parentPath, entry.name)}`;
      execFileSync('dd', [of, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'ignore' });
    }
    return true;
  } catch {
    return false;
  }
}

async function bench(entries: number, repeats: number, data: string | undefined): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await makeTemporaryFolder(stack, data);
  const dataFolder = await openDataFolder(path.join(folder, 'data'));
  stack.defer(() => dataFolder.close());
  const plan = planOf(entries);
  let server = await startEmbeddedPostgres({ folder: dataFolder, log });
  stack.defer(() => server.close());
  await server.createDatabase(database);
  let state = await openState({ url: server.url(database) }, limits);
  stack.defer(() => state.close());
  const rate = await ingest(state, plan);
  console.log(`${entries} entries, ${rate.toFixed(0)} a second into the index\n`);
  console.log(`${table(['table', 'rows', 'MiB', 'of which indexes'], await sizes(state))}\n`);

  const timings: Timing[] = [];
  // A server that has just started, files that are not in memory: as after a night.
  await state.close();
  await server.close();
  const isCold = forgetFiles(path.join(dataFolder.path, 'postgres', 'base'));
  server = await startEmbeddedPostgres({ folder: dataFolder, log });
  state = await openState({ url: server.url(database) }, limits);
  const tail = { waitUntil: async () => true };
  const index = createAuditIndex({ database: state, tail, settings: { streamRows: 1000, summaryRowsMax: 200_000 } });
  for (const question of auditQuestions(plan)) timings.push(await time(index, question, repeats));
  const head = ['question', 'rows', `first time, ms${isCold ? '' : ' (files in memory)'}`, 'again, ms'];
  console.log(
    table(
      head,
      timings.map(({ question, rows, firstMs, againMs }) => [
        question.name,
        String(rows),
        firstMs.toFixed(1),
        againMs.toFixed(1),
      ]),
    ),
  );
  const slowest = Math.max(...timings.map(({ firstMs }) => firstMs));
  console.log(`\nslowest first time: ${slowest.toFixed(0)} ms`);
}

const sizesOf = statement(
  'sizes',
  `SELECT kind, sum(rows)::bigint AS rows, sum(bytes)::bigint AS bytes, sum(index_bytes)::bigint AS index_bytes FROM (
     SELECT regexp_replace(relname, '_\\d+_\\d+$', '') AS kind, reltuples::bigint AS rows,
            pg_total_relation_size(oid) AS bytes, pg_indexes_size(oid) AS index_bytes
     FROM pg_class WHERE relkind = 'r' AND relname LIKE 'audit_%') each
   GROUP BY kind ORDER BY kind`,
);

async function sizes(state: OpenState): Promise<string[][]> {
  const rows = await state.query<{ kind: string; rows: number; bytes: number; index_bytes: number }>(sizesOf);
  const mib = (bytes: number) => String(Math.round(bytes / 1024 / 1024));
  return rows.map((row) => [row.kind, String(row.rows), mib(row.bytes), mib(row.index_bytes)]);
}

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '200000' },
    repeats: { type: 'string', default: '5' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else await bench(Number(values.entries), Number(values.repeats), values.data);
