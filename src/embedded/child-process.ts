/** Runs an adapter's module as a process of its own, such as the simulator of a registry, and tells when it is ready. */

import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedError } from './embedded-error.ts';
import { endProcess, exitOf } from './end-process.ts';
import { eachLine } from './lines.ts';
import type { Log } from './log.ts';
import type { Running } from './supervise.ts';

/** What the child sent as `{ ready: true, ... }`. */
export type Ready = Readonly<Record<string, unknown>>;

export interface ChildLimits {
  /** From the start of the process to its ready message. */
  readonly readyTimeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
  /** A longer line of output arrives in the log in pieces. */
  readonly lineCharsMax: number;
  /** Last lines of standard error that the error of a failed start repeats. */
  readonly errorLinesMax: number;
}

export const childLimits: ChildLimits = {
  readyTimeoutMs: 20_000,
  stopTimeoutMs: 5_000,
  lineCharsMax: 4_096,
  errorLinesMax: 20,
};

const outputDrainMs = 500;

interface ChildStart {
  readonly name: string;
  readonly module: URL;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: ChildLimits;
  readonly log: Log;
}

/** The gateway's own environment may hold secrets: a child gets these of it, and what its adapter gives. */
const inheritedVariables = ['PATH', 'TZ', 'LANG', 'TMPDIR'];

/** Resolves when the child has said that it is ready; throws EmbeddedError if it ends before or takes too long. */
export async function startChild(start: ChildStart): Promise<Running<Ready>> {
  const child = fork(fileURLToPath(start.module), {
    env: { ...inheritedEnvironment(), ...start.env },
    execArgv: ['--import', new URL(`./child-guard${extname(import.meta.url)}`, import.meta.url).href],
    // A group of its own: Ctrl-C reaches the gateway alone, which ends the child when nobody needs it any more.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const exited = exitOf(child);
  const errorLines = followOutput(child, start);
  const stop = () => endProcess(child, [['SIGTERM', start.limits.stopTimeoutMs]]);
  try {
    const facts = await Promise.race([readyMessage(child, start.limits.readyTimeoutMs), exited.then(endedEarly)]);
    return { facts, exited, stop };
  } catch (error) {
    await stop();
    await drained(child);
    const reason = error instanceof Error ? error.message : String(error);
    throw new EmbeddedError([`The process ${start.name} did not start: ${reason}`, ...errorLines].join('\n'), error);
  }
}

function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(inheritedVariables.map((name) => [name, process.env[name]]));
}

async function readyMessage(child: ChildProcess, timeoutMs: number): Promise<Ready> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    for await (const [message] of on(child, 'message', { signal })) if (isReady(message)) return message;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new Error(`no ready message within ${timeoutMs} ms`);
}

function isReady(message: unknown): message is Ready {
  return typeof message === 'object' && message !== null && 'ready' in message && message.ready === true;
}

async function endedEarly(how: string): Promise<never> {
  throw new Error(`it ended before it was ready (${how})`);
}

/** What a process wrote last may arrive after its end; its own children can hold the pipe open for longer. */
async function drained(child: ChildProcess): Promise<void> {
  if (child.stderr === null || child.stderr.closed) return;
  await once(child.stderr, 'close', { signal: AbortSignal.timeout(outputDrainMs) }).catch(() => undefined);
}

/** Hands the child's output to the log; returns its last lines of standard error, which go on changing. */
function followOutput(child: ChildProcess, { name, log, limits }: ChildStart): readonly string[] {
  const errorLines: string[] = [];
  if (child.stdout !== null) {
    eachLine(child.stdout, limits.lineCharsMax, (line) => log.info({ process: name }, line));
  }
  if (child.stderr !== null) {
    eachLine(child.stderr, limits.lineCharsMax, (line) => {
      log.warn({ process: name }, line);
      errorLines.push(line);
      if (errorLines.length > limits.errorLinesMax) errorLines.shift();
    });
  }
  return errorLines;
}
