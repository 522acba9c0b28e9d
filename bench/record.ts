/** Measures the exchange log alone: entries made durable in a second, beside nothing but appending and syncing the same bytes on the same disk. */

import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { LogEntry } from '../src/exchange/types.ts';
import { canonicalJson } from '../src/exchange-log/canonical.ts';
import { openSampleLog, sampleEntriesOf } from './sample-log.ts';
import { spreadOf } from './statistics.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const usage = 'node bench/record.ts [--in-flight 64,256] [--seconds 3] [--rounds 5] [--subjects 1000] [--data FOLDER]';

interface Measurement {
  readonly entriesPerSecond: number;
  /** Entries in one commit, on average. */
  readonly commitEntries: number;
  /** CPU time of the thread that replies wait for, microseconds for each durable entry. */
  readonly threadCpuUs: number;
  /** The same of the whole process. */
  readonly processCpuUs: number;
}

/** So many callers, each of whom records its next entry when the one before is durable. */
async function measureLog(
  folder: string,
  sampleEntries: readonly LogEntry[],
  inFlight: number,
  seconds: number,
): Promise<Measurement> {
  let commits = 0;
  const log = await openSampleLog(folder, () => {
    commits += 1;
  });
  const startMs = performance.now();
  const threadBefore = process.threadCpuUsage();
  const processBefore = process.cpuUsage();
  const endMs = startMs + seconds * 1000;
  const caller = async (first: number) => {
    for (let next = first; performance.now() < endMs; next += 1) {
      await log.record(sampleEntries[next % sampleEntries.length] as LogEntry);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_one, first) => caller(first)));
  const entries = log.size();
  const measurement = {
    entriesPerSecond: entries / secondsSince(startMs),
    commitEntries: entries / commits,
    threadCpuUs: sumOf(process.threadCpuUsage(threadBefore)) / entries,
    processCpuUs: sumOf(process.cpuUsage(processBefore)) / entries,
  };
  await log.close();
  await rm(folder, { recursive: true });
  return measurement;
}

const sumOf = ({ user, system }: NodeJS.CpuUsage) => user + system;

/** The same bytes, `batchEntries` at a time: what no log can beat that syncs as often. */
async function measureRaw(
  file: string,
  sampleEntries: readonly LogEntry[],
  batchEntries: number,
  seconds: number,
): Promise<number> {
  const entries = Array.from({ length: batchEntries }, (_one, index) => sampleEntries[index % sampleEntries.length]);
  const batch = Buffer.from(entries.map((entry) => canonicalJson(entry as LogEntry)).join(''));
  const handle = await open(file, 'wx');
  const startMs = performance.now();
  let batches = 0;
  for (; performance.now() < startMs + seconds * 1000; batches += 1) {
    await handle.write(batch, 0, batch.byteLength, batches * batch.byteLength);
    await handle.datasync();
  }
  const elapsedSeconds = secondsSince(startMs);
  await handle.close();
  await rm(file);
  return (batches * batchEntries) / elapsedSeconds;
}

const secondsSince = (startMs: number) => (performance.now() - startMs) / 1000;

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'in-flight': { type: 'string', default: '64,256' },
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '5' },
      // People whom the entries are about, one after the other.
      subjects: { type: 'string', default: '1000' },
      data: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const seconds = Number(values.seconds);
  const sampleEntries = sampleEntriesOf(Number(values.subjects));
  await using stack = new AsyncDisposableStack();
  const folder = await makeTemporaryFolder(stack, values.data);
  const bytes = canonicalJson(sampleEntries[0] as LogEntry).length;
  console.log(`entries of ${bytes} bytes, ${values.rounds} rounds of ${seconds} s; median (least to most)\n`);
  console.log(
    '| in flight | entries a commit | log, durable | raw, commits of that size | to raw | raw, all in one | to raw | CPU µs/entry, thread | process |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const inFlight of values['in-flight'].split(',').map(Number)) {
    const log: Measurement[] = [];
    const same: number[] = [];
    const whole: number[] = [];
    const rawOf = (entries: number) => measureRaw(path.join(folder, 'raw'), sampleEntries, entries, seconds);
    for (let round = 0; round < Number(values.rounds); round += 1) {
      whole.push(await rawOf(inFlight));
      const measured = await measureLog(path.join(folder, 'log'), sampleEntries, inFlight, seconds);
      log.push(measured);
      same.push(await rawOf(Math.round(measured.commitEntries)));
    }
    const durable = log.map(({ entriesPerSecond }) => entriesPerSecond);
    const ratio = (raw: readonly number[]) =>
      text(
        raw.map((rate, round) => (durable[round] ?? 0) / rate),
        2,
      );
    const commits = text(log.map(({ commitEntries }) => commitEntries));
    const threads = text(
      log.map(({ threadCpuUs }) => threadCpuUs),
      1,
    );
    const processes = text(
      log.map(({ processCpuUs }) => processCpuUs),
      1,
    );
    const cells = [inFlight, commits, text(durable), text(same), ratio(same), text(whole), ratio(whole)];
    console.log(`| ${[...cells, threads, processes].join(' | ')} |`);
  }
}

function text(values: readonly number[], digits = 0): string {
  const { median, min, max } = spreadOf(values);
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

await bench();
