/** A process of Node that a run stops, kills and starts again in the same place. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import type { Within } from '../support/server-process.ts';
import type { Teardown } from '../support/servers.ts';

export interface Restartable {
  /** Resolves when it says that it is ready. */
  start(): Promise<void>;
  pause(): void;
  resume(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for its end. */
  terminate(): Promise<void>;
}

export interface Program {
  readonly nodeArguments?: readonly string[];
  readonly module: string;
  readonly arguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Words of its output, or the message that it sends, by which it is ready. */
  readonly ready: readonly string[] | 'message';
  /** Where it runs, if not here. */
  readonly within?: Within | undefined;
  /** Where its output goes. */
  readonly output: WriteStream;
}

export function createRestartable(t: Teardown, program: Program): Restartable {
  let child: ChildProcess | undefined;
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || !isRunning()) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    child.kill('SIGCONT');
    await gone;
  }

  t.teardown(() => end('SIGKILL'));
  process.once('exit', () => child?.kill('SIGKILL'));
  return {
    async start() {
      const [command = '', ...rest] = commandOf(program);
      child = spawn(command, rest, {
        stdio: ['ignore', 'pipe', 'pipe', ...(program.ready === 'message' ? (['ipc'] as const) : [])],
        env: { ...process.env, ...program.env },
      });
      await readiness(child, program);
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    terminate: () => end('SIGTERM'),
  };
}

function commandOf({ nodeArguments = [], module, arguments: own = [], within }: Program): readonly string[] {
  const line = [process.execPath, ...nodeArguments, module, ...own];
  return within?.command(line) ?? line;
}

function readiness(child: ChildProcess, { module, ready, output }: Program): Promise<void> {
  return new Promise((resolve, reject) => {
    const missing = new Set(ready === 'message' ? [] : ready);
    child.stdout?.on('data', (chunk: Buffer) => {
      output.write(chunk);
      for (const word of missing) if (chunk.includes(word)) missing.delete(word);
      if (ready !== 'message' && missing.size === 0) resolve();
    });
    child.stderr?.on('data', (chunk: Buffer) => void output.write(chunk));
    if (ready === 'message') child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${module} ended with ${signal ?? code}`)));
  });
}
