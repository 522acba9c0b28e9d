/** Measures the index of the exchange log: how fast entries go in, and how long each question takes over all of them. */

import path from 'node:path';
import { createAuditIndex } from '../src/audit/audit-index.ts';
import { openLogWriter } from '../src/audit/log-writer.ts';
import { createProgress } from '../src/cli/log-lines.ts';
import type { AuditIndex } from '../src/exchange/audit.ts';
import type { OpenState } from '../src/state/open-state.ts';
import type { Options, Values } from './arguments.ts';
import { openAuditDatabase } from './audit-database.ts';
import { type EntryPlan, entryAt } from './audit-entries.ts';
import { auditQuestions, type Question } from './audit-questions.ts';
import { type Place, runCommand } from './command.ts';
import { table } from './report.ts';
import { median } from './statistics.ts';

const options = {
  entries: { type: 'number', default: 200_000, min: 1000, max: 1_000_000_000, whole: true, help: 'of one year' },
  repeats: {
    type: 'number',
    default: 5,
    min: 1,
    max: 1000,
    whole: true,
    help: 'of each question, after the first time',
  },
  keep: { type: 'text', help: 'a folder that stays; the next run with as many entries finds them there' },
} as const satisfies Options;

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
    logId: undefined,
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

async function bench({ entries, repeats, keep }: Values<typeof options>, { folder }: Place): Promise<void> {
  await using database = await openAuditDatabase(path.join(keep ?? folder, 'data'));
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

await runCommand({ name: 'npx node bench/audit.ts', options, usesEveryCore: true }, (values) => values, bench);
