/** Carries a file through a gateway, over as many connections as it takes, until every line has its result or nothing helps any more. */

import type { Terminal } from '../log-lines.ts';
import { type BulkTarget, carryOver } from './bulk-connection.ts';
import { type BulkProgress, createBulkProgress } from './bulk-progress.ts';
import { createLineQueue } from './line-queue.ts';
import { digestOf, openResultFiles, type ResultFiles, type ResultLine, type TakeLock } from './result-files.ts';
import { type SourceLine, type SourceSettings, sourceLines } from './source-lines.ts';

export interface BulkRun {
  readonly source: SourceSettings;
  /** Of the source, bytes; undefined for standard input. */
  readonly totalBytes: number | undefined;
  readonly target: BulkTarget;
  readonly results: string;
  readonly errors: string;
  readonly resume: boolean;
  readonly takeLock: TakeLock;
  /** Connections in a row that may bring nothing. */
  readonly triesMax: number;
  readonly terminal: Terminal;
  readonly nowMs: () => number;
  /** Resolves after the time, or as soon as the signal aborts. */
  readonly rest: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Aborted when whoever started it wants no more. */
  readonly leaving: AbortSignal;
}

export interface BulkReport {
  /** With those of the runs that this one went on from. */
  readonly byStatus: ReadonlyMap<number, number>;
  readonly failed: number;
  /** The same by the code of their problem. */
  readonly byCode: ReadonlyMap<string, number>;
  /** Why lines are left without a result; undefined where none is. */
  readonly left: Left | undefined;
}

export interface Left {
  readonly reason: string;
  /** Going on helps only once something is mended. */
  readonly isRefusal: boolean;
}

const waitMsMin = 500;
const waitMsMax = 30_000;

/** Throws Error where a file cannot be used. */
export async function runBulk(run: BulkRun): Promise<BulkReport> {
  const files = await openResultFiles({ ...run, source: run.source.file }, run.resume, run.takeLock);
  try {
    return await carryAll(run, files);
  } finally {
    await files.close();
  }
}

async function carryAll(run: BulkRun, files: ResultFiles): Promise<BulkReport> {
  const source = sourceLines(run.source);
  const count = createCount();
  await skip(source, files, run.source.file, count);
  const queue = createLineQueue(source);
  const progress = createBulkProgress(run.terminal, run.totalBytes, count.now(), run.nowMs);
  const counting: Pick<ResultFiles, 'add' | 'flush'> = {
    flush: files.flush,
    add(line, result, printed) {
      files.add(line, result, printed);
      count.add(line, result);
    },
  };
  const left = await connectUntilDone(
    run,
    progress,
    () => count.now().lines,
    () => carryOver(run.target, queue, counting, () => progress.update(count.now()), run.leaving),
  );
  progress.end(count.now());
  return { byStatus: count.byStatus, byCode: count.byCode, failed: count.now().failed, left };
}

/** Undefined when all is done; else why not. */
async function connectUntilDone(
  { triesMax, rest, leaving }: BulkRun,
  progress: BulkProgress,
  lines: () => number,
  connect: () => ReturnType<typeof carryOver>,
): Promise<Left | undefined> {
  for (let tries = 0; ; ) {
    const before = lines();
    const end = await connect();
    if (end.kind === 'done') return undefined;
    if (leaving.aborted) return { reason: 'it was interrupted', isRefusal: false };
    if (end.kind === 'refused') return { reason: end.reason, isRefusal: true };
    tries = lines() > before ? 0 : tries + 1;
    if (tries >= triesMax) return { reason: end.reason, isRefusal: false };
    const waitMs = Math.max(end.waitMs, Math.min(waitMsMax, waitMsMin * 2 ** Math.max(0, tries - 1)));
    progress.say(`${end.reason}; going on in ${(waitMs / 1000).toFixed(1)} s`);
    await rest(waitMs, leaving);
    if (leaving.aborted) return { reason: 'it was interrupted', isRefusal: false };
  }
}

/** Leaves the lines that have results. Throws where one is not the line that its result is of. */
async function skip(
  source: AsyncIterator<SourceLine>,
  files: Pick<ResultFiles, 'before'>,
  file: string,
  count: ReturnType<typeof createCount>,
): Promise<void> {
  for await (const result of files.before()) {
    const { value, done } = await source.next();
    if (done) throw new Error(`${file} ends before line ${result.line}, which has a result: it is another file`);
    if (value.number !== result.line || !isOf(result, value)) {
      const mend =
        'it is another file, or was changed (--batch names one that was renamed; failed lines go in another file)';
      throw new Error(`line ${value.number} of ${file} is not the one that its result is of: ${mend}`);
    }
    count.add(value, result);
  }
}

function isOf({ sent }: ResultLine, line: SourceLine): boolean {
  return sent === digestOf(line);
}

function createCount() {
  const byStatus = new Map<number, number>();
  const byCode = new Map<string, number>();
  let bytes = 0;
  let lines = 0;
  let failed = 0;
  return {
    byStatus,
    byCode,
    now: () => ({ lines, failed, bytes }),
    add({ offset }: SourceLine, { status, problem }: ResultLine) {
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      lines += 1;
      bytes = offset;
      if (status < 400) return;
      failed += 1;
      const code = problem?.code ?? String(status);
      byCode.set(code, (byCode.get(code) ?? 0) + 1);
    },
  };
}
