/** Carries a file through a gateway, over as many connections as it takes, until every line has its result or nothing helps any more. */

import type { Terminal } from '../log-lines.ts';
import { type BulkTarget, carryOver } from './bulk-connection.ts';
import { type BulkProgress, createBulkProgress } from './bulk-progress.ts';
import { createLineQueue } from './line-queue.ts';
import { type Carried, openResultFiles, type ResultFiles } from './result-files.ts';
import { type SourceLine, type SourceSettings, sourceLines } from './source-lines.ts';

export interface BulkRun {
  readonly source: SourceSettings;
  /** Of the source, bytes; undefined for standard input. */
  readonly totalBytes: number | undefined;
  readonly target: BulkTarget;
  readonly results: string;
  readonly errors: string;
  readonly resume: boolean;
  /** Connections in a row that may bring nothing. */
  readonly triesMax: number;
  readonly terminal: Terminal;
  readonly nowMs: () => number;
  readonly rest: (ms: number) => Promise<void>;
}

export interface BulkReport {
  /** With those of the runs that this one went on from. */
  readonly byStatus: ReadonlyMap<number, number>;
  readonly failed: number;
  /** Why lines are left without a result; undefined where none is. */
  readonly leftBecause: string | undefined;
}

const waitMsMin = 500;
const waitMsMax = 30_000;

/** Throws Error where a file cannot be used. */
export async function runBulk(run: BulkRun): Promise<BulkReport> {
  const files = await openResultFiles(run.results, run.errors, run.resume);
  try {
    return await carryAll(run, files);
  } finally {
    await files.close();
  }
}

async function carryAll(run: BulkRun, files: ResultFiles): Promise<BulkReport> {
  const source = sourceLines(run.source);
  const skipped = await skip(source, files.before, run.source.file);
  const queue = createLineQueue(source);
  const count = createCount(files.before, skipped);
  const progress = createBulkProgress(run.terminal, run.totalBytes, count.now(), run.nowMs);
  const counting: ResultFiles = {
    ...files,
    add(line, result, printed) {
      files.add(line, result, printed);
      count.add(line, result.status);
    },
  };
  const leftBecause = await connectUntilDone(
    run,
    progress,
    () => count.now().lines,
    () => carryOver(run.target, queue, counting, () => progress.update(count.now())),
  );
  progress.end(count.now());
  return { byStatus: count.byStatus, failed: count.now().failed, leftBecause };
}

/** Undefined when all is done; else why not. */
async function connectUntilDone(
  { triesMax, rest }: BulkRun,
  progress: BulkProgress,
  lines: () => number,
  connect: () => ReturnType<typeof carryOver>,
): Promise<string | undefined> {
  for (let tries = 0; ; ) {
    const before = lines();
    const end = await connect();
    if (end.kind === 'done') return undefined;
    if (end.kind === 'refused') return end.reason;
    tries = lines() > before ? 1 : tries + 1;
    if (tries > triesMax) return end.reason;
    const waitMs = Math.max(end.waitMs, Math.min(waitMsMax, waitMsMin * 2 ** (tries - 1)));
    progress.say(`${end.reason}; going on in ${(waitMs / 1000).toFixed(1)} s`);
    await rest(waitMs);
  }
}

/** Leaves the lines that have results. Throws where the file is another one than that which they are of. */
async function skip(source: AsyncIterator<SourceLine>, { line, id }: Carried, file: string): Promise<number> {
  for (let bytes = 0; line > 0; ) {
    const { value, done } = await source.next();
    if (done) throw new Error(`${file} ends before line ${line}, which has a result: it is another file`);
    bytes = value.offset;
    if (value.number < line) continue;
    if (value.number > line || (value.id ?? id) !== id) {
      throw new Error(`line ${line} of ${file} is not the one that the results end with: it is another file`);
    }
    return bytes;
  }
  return 0;
}

function createCount({ byStatus: before }: Carried, skippedBytes: number) {
  const byStatus = new Map(before);
  let bytes = skippedBytes;
  let lines = 0;
  let failed = 0;
  for (const [status, number] of byStatus) {
    lines += number;
    if (status >= 400) failed += number;
  }
  return {
    byStatus,
    now: () => ({ lines, failed, bytes }),
    add({ offset }: SourceLine, status: number) {
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      lines += 1;
      if (status >= 400) failed += 1;
      bytes = offset;
    },
  };
}
