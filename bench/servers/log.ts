/** A process that holds nothing but an exchange log, so that its memory and its start are those of the log; and what it is held against. */

import { open as openFile, rm } from 'node:fs/promises';
import type { LogEntry } from '../../src/exchange/entries.ts';
import { canonicalJson } from '../../src/exchange-log/canonical.ts';
import type { TransparencyLog } from '../../src/exchange-log/transparency-log.ts';
import { answerParent } from '../answer-parent.ts';
import { openSampleLog, sampleEntriesOf } from '../sample-log.ts';

/** Until so many entries are durable, or for so long. */
export type RecordRequest = ({ readonly entries: number } | { readonly seconds: number }) & {
  /** Callers, each of whom records its next entry when the one before is durable. */
  readonly inFlight: number;
};

export interface RecordResult {
  readonly entries: number;
  readonly seconds: number;
  /** Of the whole process. */
  readonly cpuMicros: number;
  /** Of the thread that replies wait for. */
  readonly threadCpuMicros: number;
  /** Entries in one commit, on average. */
  readonly commitEntries: number;
}

export interface RawAppendRequest {
  readonly file: string;
  readonly batchEntries: number;
  readonly seconds: number;
}

export type RawAppendResult = Pick<RecordResult, 'entries' | 'seconds' | 'cpuMicros'>;

/** Of as many people as are asked about in a while. */
const sampleEntries = sampleEntriesOf(1000);
const entryAt = (at: number) => sampleEntries[at % sampleEntries.length] as LogEntry;
let log: TransparencyLog | undefined;
let commits = 0;

answerParent({ open, record, appendRaw, memory }, () => log?.close());

/** Milliseconds that it took. */
async function open(folder: string): Promise<number> {
  const startMs = performance.now();
  log = await openSampleLog(folder, () => {
    commits += 1;
  });
  return performance.now() - startMs;
}

async function record({ inFlight, ...until }: RecordRequest): Promise<RecordResult> {
  if (log === undefined) throw new Error('the log is not open');
  const opened = log;
  const [commitsBefore, cpu, thread] = [commits, process.cpuUsage(), process.threadCpuUsage()];
  const startMs = performance.now();
  const isOver = (started: number) =>
    'entries' in until ? started >= until.entries : performance.now() - startMs >= until.seconds * 1000;
  let entries = 0;
  const caller = async () => {
    while (!isOver(entries)) {
      entries += 1;
      await opened.record(entryAt(entries));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return {
    entries,
    seconds: (performance.now() - startMs) / 1000,
    cpuMicros: sumOf(process.cpuUsage(cpu)),
    threadCpuMicros: sumOf(process.threadCpuUsage(thread)),
    commitEntries: entries / Math.max(1, commits - commitsBefore),
  };
}

/** The same bytes, one commit after the other: what no log can beat that syncs as often. */
async function appendRaw({ file, batchEntries, seconds }: RawAppendRequest): Promise<RawAppendResult> {
  const batch = Buffer.from(Array.from({ length: batchEntries }, (_one, at) => canonicalJson(entryAt(at))).join(''));
  const handle = await openFile(file, 'wx');
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  let batches = 0;
  try {
    for (; performance.now() < startMs + seconds * 1000; batches += 1) {
      await handle.write(batch, 0, batch.byteLength, batches * batch.byteLength);
      await handle.datasync();
    }
    const took = (performance.now() - startMs) / 1000;
    return { entries: batches * batchEntries, seconds: took, cpuMicros: sumOf(process.cpuUsage(cpu)) };
  } finally {
    await handle.close();
    await rm(file);
  }
}

/** Resident memory after a garbage collection, bytes; the process must be started with --expose-gc. */
function memory(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

function sumOf({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
