/** Starts the processes of workers: they share one listening socket, whose connections the parent deals out in turn. */

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { type Channel, createChannel } from './channel.ts';
import type { WorkerProcess } from './supervisor.ts';

/** In the environment of a worker's process. */
const workerVariable = 'LIENTHONG_WORKER';

export interface ForkedWorker extends WorkerProcess {
  readonly channel: Channel;
}

export interface ForkSetup {
  readonly number: number;
  readonly askPendingMax: number;
  /** For its `go` to be answered; whoever waits for it has a shorter time. */
  readonly goTimeoutMs: number;
  /** What a worker is told when it may serve. */
  readonly goBody: () => unknown;
  /** Told the address at which it serves. */
  readonly serves: (url: string) => void;
}

/** Runs the present command anew; the process finds its number in the environment. */
export function forkWorker({ number, askPendingMax, goTimeoutMs, goBody, serves }: ForkSetup): ForkedWorker {
  const worker = cluster.fork({ [workerVariable]: String(number) });
  const channel = createChannel(carrierOf(worker), askPendingMax);
  const prepared = Promise.withResolvers<void>();
  const refused = Promise.withResolvers<never>();
  refused.promise.catch(() => undefined);
  channel.on('prepared', () => prepared.resolve());
  let reason: string | undefined;
  // What it says before it ends tells more than its exit code.
  channel.on('failed', (why: string) => {
    reason = why;
  });
  const exited = once(worker, 'exit').then(([code, signal]) => {
    const how = reason ?? (signal === null ? `exit code ${code}` : `signal ${signal}`);
    const error = new Error(how);
    prepared.reject(error);
    refused.reject(error);
    return how;
  });
  return {
    pid: worker.process.pid ?? 0,
    channel,
    prepared: prepared.promise,
    go: async () => serves(await Promise.race([channel.ask<string>('go', goBody(), goTimeoutMs), refused.promise])),
    drain: (gently) => channel.tell('drain', gently),
    exited,
    kill: () => void worker.process.kill('SIGKILL'),
  };
}

/** Round robin: who is busy or stopped gets no connection, and one that a worker cannot take any more goes to the next. */
export function dealInTurn(): void {
  cluster.schedulingPolicy = cluster.SCHED_RR;
}

function carrierOf(worker: Worker) {
  return {
    send: (message: unknown) => worker.isConnected() && sendTo(worker, message),
    onMessage: (listener: (message: unknown) => void) => void worker.on('message', listener),
    onGone: (listener: () => void) => void worker.once('disconnect', listener),
  };
}

/** That it fails is told by the end of the process. */
function sendTo(worker: Worker, message: unknown): boolean {
  worker.send(message as object, (_error: Error | null) => undefined);
  return true;
}

export const isWorker = (env: NodeJS.ProcessEnv): boolean => cluster.isWorker && workerVariable in env;

/** The parent as a worker's process sees it. */
export function openParent(env: NodeJS.ProcessEnv, askPendingMax: number): { channel: Channel; number: number } {
  const number = Number(env[workerVariable]);
  const channel = createChannel(
    {
      send: (message) => process.connected && (process.send?.(message, undefined, undefined, () => undefined), true),
      onMessage: (listener) => void process.on('message', listener),
      onGone: (listener) => void process.once('disconnect', listener),
    },
    askPendingMax,
  );
  return { channel, number };
}
