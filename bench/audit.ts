/** Measures the index of the exchange log: how fast entries go in, and how long each question takes over all of them. */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { createAuditIndex } from '../src/audit/audit-index.ts';
import { openLogWriter } from '../src/audit/log-writer.ts';
import { createProgress } from '../src/cli/log-lines.ts';
import type { AuditIndex } from '../src/exchange/audit.ts';
import type { OpenState } from '../src/state/open-state.ts';
import { openAuditDatabase } from './audit-database.ts';
import { type EntryPlan, entryAt } from './audit-entries.ts';
import { auditQuestions, type Question } from './audit-questions.ts';
import { table } from './report.ts';
import { median } from './statistics.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const usage = `node bench/audit.ts [--entries 200000] [--repeats 5] [--data FOLDER] [--keep FOLDER]
  --data  where the temporary folder is made, if not beside the benchmark
  --keep  a folder that stays, and whose entries need not be made again by the next run with as many`;

const batchEntries = 1024;

/** A year. */
const planOf = (entries: number): EntryPlan => ({
  entries,
  startMs: Date.UTC(2025, 8, 1),
  endMs: Date.UTC(2026, 8, 1),
});

/** Entries a second; undefined where all were there already. */
async function ingest(state: OpenState, plan: EntryPlan): Promise<number | undefined> {
  const source = {
    origin: 'lienthong.example/bench',
    size: () => plan.entries,
    readEntries: async (from: number, count: number) =>
      Array.from({ length: count }, (_one, ordinal) => Buffer.from(JSON.stringify(entryAt(from + ordinal, plan)))),
  };
  await using stack = new AsyncDisposableStack();
  const session = await state.connect();
  stack.defer(() => session.close());
  const writer = await openLogWriter(session, source);
  const progress = createProgress(process.stderr);
  const first = writer.indexed;
  const startMs = performance.now();
  while (writer.indexed < plan.entries) {
    await writer.add(batchEntries);
    progress(writer.indexed, plan.entries);
  }
  return first === plan.entries ? undefined : ((plan.entries - first) / (performance.now() - startMs)) * 1000;
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

async function bench(entries: number, repeats: number, folder: string): Promise<void> {
  await using database = await openAuditDatabase(path.join(folder, 'data'));
  const plan = planOf(entries);
  const rate = await ingest(database.state(), plan);
  const speed = rate === undefined ? 'all there already' : `${rate.toFixed(0)} a second into the index`;
  console.log(`${entries} entries, ${speed}\n`);
  console.log(`${table(['table', 'rows', 'MiB', 'of which indexes'], await database.sizes())}\n`);

  const isCold = await database.cool();
  const index = createAuditIndex({
    database: database.state(),
    tail: { waitUntil: async () => true },
    settings: { streamRows: 1000, summaryRowsMax: 200_000 },
  });
  const timings: Timing[] = [];
  for (const question of auditQuestions(plan)) timings.push(await time(index, question, repeats));
  const head = ['question', 'rows', `first time, ms${isCold ? '' : ' (files in memory)'}`, 'again, ms'];
  console.log(table(head, timings.map(cells)));
  console.log(`\nslowest first time: ${Math.max(...timings.map(({ firstMs }) => firstMs)).toFixed(0)} ms`);
}

function cells({ question, rows, firstMs, againMs }: Timing): string[] {
  return [question.name, String(rows), firstMs.toFixed(1), againMs.toFixed(1)];
}

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '200000' },
    repeats: { type: 'string', default: '5' },
    data: { type: 'string' },
    keep: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
} else {
  await using stack = new AsyncDisposableStack();
  const folder = values.keep ?? (await makeTemporaryFolder(stack, values.data));
  await bench(Number(values.entries), Number(values.repeats), folder);
}
