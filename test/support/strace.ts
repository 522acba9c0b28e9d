/** Runs a real process in which a chosen system call fails, or is the last one before SIGKILL: strace(1) injects the fault. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Injection {
  /** As strace names them, with commas; `?` before a name that not every architecture has. */
  readonly calls: string;
  /** Further ones that are only traced. */
  readonly traced?: string;
  /** `signal=KILL` before the call is made, `error=EIO` instead of it. */
  readonly fault: string;
  /** Which of these calls, from 1: `3` the third, `3+` each from the third. */
  readonly when: string;
  /** Only calls on this file; undefined for all. */
  readonly file?: string;
}

export interface TracedRun {
  /** Undefined where a signal ended the process. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** What the process printed, line by line. */
  readonly lines: readonly string[];
  /** A line for each traced call, as strace prints it, with the file of each descriptor. */
  readonly trace: readonly string[];
}

/** A Node process that begins with these arguments. Throws Error where strace is not installed. */
export function straceCommand(
  { calls, traced, fault, when, file }: Injection,
  nodeArguments: readonly string[],
): string[] {
  // A signal is injected only where each call stops the process; for errors those that are traced are enough.
  const speed = fault.startsWith('signal') ? [] : ['--seccomp-bpf'];
  const which = file === undefined ? [] : ['-P', file];
  const names = traced === undefined ? calls : `${calls},${traced}`;
  const faults = ['-e', `trace=${names}`, '-e', `inject=${calls}:${fault}:when=${when}`];
  // -D: the process is our child and strace its grandchild, so that signals reach it and its end is ours to see.
  return ['strace', '-D', '-f', '-qq', '-y', ...speed, ...which, ...faults, process.execPath, ...nodeArguments];
}

/** `when` counts by thread: with one thread for the disk the count is that of the process. io_uring would pass strace by. */
export const straceEnvironment = { ...process.env, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' };

export async function runTraced(injection: Injection, nodeArguments: readonly string[]): Promise<TracedRun> {
  const [command = '', ...rest] = straceCommand(injection, nodeArguments);
  const child = spawn(command, rest, { env: straceEnvironment, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
    return {
      code: code ?? undefined,
      signal: signal ?? undefined,
      lines: linesOf(output.stdout),
      trace: linesOf(output.stderr),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('This test needs strace and does not find it. On Debian: apt-get install strace', { cause: error });
  }
}
