/** Starts servers and the load generator as processes of their own and asks them questions; none outlives its parent. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Cores, onCore } from './pinning.ts';

export interface ChildStart {
  readonly name: string;
  readonly module: URL;
  /** Absent: where this process runs. */
  readonly core?: Cores;
  readonly nodeArguments?: readonly string[];
}

export interface Child extends AsyncDisposable {
  /** Rejects where the child fails on it or ends. */
  ask<Answer>(question: string, value?: unknown): Promise<Answer>;
}

export interface Question {
  readonly id: number;
  readonly question: string;
  readonly value: unknown;
}

export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: string };

const closeTimeoutMs = 15_000;

/** The module must call `answerParent`. What it prints goes to standard error. */
export function startChild({ name, module, core, nodeArguments = [] }: ChildStart): Child {
  const { command, arguments: parameters } = onCore(core, [...nodeArguments, fileURLToPath(module)]);
  const child = spawn(command, parameters, {
    // A group of its own: Ctrl-C reaches the benchmark alone, which ends its children in order.
    detached: true,
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  const giveUp = (reason: string) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name}: ${reason}`));
    waiting.clear();
  };
  child.on('message', (reply: Reply) => {
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('failure' in reply) asker?.reject(new Error(`${name}: ${reply.failure}`));
    else asker?.resolve(reply.answer);
  });
  child.once('error', (error) => giveUp(error.message));
  child.once('exit', (code, signal) => giveUp(`ended with ${signal ?? code}`));

  return {
    ask<Answer>(question: string, value?: unknown) {
      const asker = Promise.withResolvers<unknown>();
      if (hasEnded(child)) return Promise.reject(new Error(`${name}: has ended`));
      lastId += 1;
      waiting.set(lastId, asker);
      child.send({ id: lastId, question, value } satisfies Question, (error) => {
        if (error !== null) asker.reject(new Error(`${name}: ${error.message}`));
      });
      return asker.promise as Promise<Answer>;
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

/** The child takes the closed channel for the order to close; one that does not is killed. */
async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  const late = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs);
  await exited;
  clearTimeout(late);
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
