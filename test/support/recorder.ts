/** Starts the recording process, under a fault or not, and keeps what it was promised. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import type { PrivateJwk } from '../../src/exchange-log/identity.ts';
import { projectRoot } from './gateway.ts';
import { testLogKey } from './log-fixture.ts';
import { type Injection, straceCommand, straceEnvironment } from './strace.ts';

export interface RecorderPlan {
  readonly folder: string;
  readonly key: PrivateJwk;
  readonly settings: Readonly<Record<string, number>>;
  /** Entries that are recorded together, one group after the other. */
  readonly counts: readonly number[];
}

export type RecorderLine =
  | { readonly acknowledged: number; readonly number: number }
  /** A signed note. */
  | { readonly checkpoint: string }
  /** So many of a group. */
  | { readonly refused: number }
  | { readonly failed: string }
  | { readonly end: 'closed' };

/** What the process has told so far. */
export interface Recorded {
  /** Entries that were promised to be in the log, all below this index. */
  readonly acknowledged: number;
  /** All that could be seen, in order. */
  readonly checkpoints: readonly string[];
  readonly refused: number;
  readonly failures: readonly string[];
  readonly closed: boolean;
  /** Traced calls, as strace prints them, with the file of each descriptor. */
  readonly trace: readonly string[];
}

export interface Recorder {
  /** Resolves when the process has ended. Rejects where neither its work nor a signal ended it, or strace is missing. */
  readonly ended: Promise<Recorded>;
  /** Stops the process where it is; what it has told until then. */
  pause(): Promise<Recorded>;
  goOn(): void;
  kill(): Promise<Recorded>;
}

/** Small, so that a short run fills bundles and several segments. */
export const recorderSettings = {
  segmentBytes: 8192,
  entryBytesMax: 1000,
  batchBytesMax: 3000,
  checkpointIntervalMs: 5,
};

const module = path.join(projectRoot, 'test/exchange-log/fixtures/recorder.ts');

export function startRecorder(
  t: Test,
  given: Pick<RecorderPlan, 'folder' | 'counts'>,
  injection?: Injection,
): Recorder {
  const plan: RecorderPlan = { settings: recorderSettings, key: testLogKey, ...given };
  const nodeArguments = [module, JSON.stringify(plan)];
  const [command = '', ...rest] =
    injection === undefined ? [process.execPath, ...nodeArguments] : straceCommand(injection, nodeArguments);
  const child = spawn(command, rest, { env: straceEnvironment, stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let told = '';
  let traced = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    told += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    traced += chunk;
  });
  const ended = once(child, 'close').then(
    ([code, signal]) => {
      if (code === 0 || signal === 'SIGKILL') return recordedOf(told, traced);
      throw new Error(`the recorder ended with ${signal ?? code}:\n${traced}`);
    },
    (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause;
      throw new Error('This test needs strace and does not find it. On Debian: apt-get install strace', { cause });
    },
  );

  return {
    ended,
    async pause() {
      child.kill('SIGSTOP');
      while (!(await isStopped(child.pid))) await sleep(5);
      // What it wrote is in the pipe, and read within a few turns.
      await sleep(20);
      return recordedOf(told, traced);
    },
    goOn: () => child.kill('SIGCONT'),
    kill() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

async function isStopped(pid: number | undefined): Promise<boolean> {
  const threads = await readFile(`/proc/${pid}/status`, 'utf8');
  return /^State:\tT/m.test(threads);
}

function recordedOf(told: string, traced: string): Recorded {
  // A line that was cut off was never said.
  const lines = linesOf(told.slice(0, told.lastIndexOf('\n') + 1)).map((line): RecorderLine => JSON.parse(line));
  const wrong = lines.find((line) => 'acknowledged' in line && line.acknowledged !== line.number);
  if (wrong !== undefined) throw new Error(`an entry was acknowledged at another's place: ${JSON.stringify(wrong)}`);
  const all = <T>(take: (line: RecorderLine) => T | undefined) => lines.map(take).filter((one) => one !== undefined);
  return {
    acknowledged: all((line) => ('acknowledged' in line ? line.acknowledged : undefined)).reduce(
      (most, index) => Math.max(most, index + 1),
      0,
    ),
    checkpoints: all((line) => ('checkpoint' in line ? line.checkpoint : undefined)),
    refused: all((line) => ('refused' in line ? line.refused : undefined)).reduce((sum, count) => sum + count, 0),
    failures: all((line) => ('failed' in line ? line.failed : undefined)),
    closed: lines.some((line) => 'end' in line),
    trace: linesOf(traced),
  };
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
