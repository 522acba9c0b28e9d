/** Starts the processes of workers, and gives each side its end of what connects them: messages, and connections. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Carrier, type Channel, createChannel } from './channel.ts';
import type { HandOver } from './dealer.ts';
import type { WorkerProcess } from './worker-process.ts';

/** In the environment of a worker's process: its number, and how many questions it may have waiting. */
const workerVariable = 'LIENTHONG_WORKER';
const askPendingVariable = 'LIENTHONG_WORKER_ASK_PENDING_MAX';

export interface ForkedWorker extends WorkerProcess {
  readonly channel: Channel;
  readonly handOver: HandOver;
}

export interface ForkSetup {
  readonly number: number;
  readonly askPendingMax: number;
  /** Of libuv's pool, where the environment does not say how many. */
  readonly poolThreads: number;
  /** For its `go` to be answered; whoever waits for it has a shorter time. */
  readonly goTimeoutMs: number;
  /** What a worker is told when it may serve. */
  readonly goBody: () => unknown;
  /** It serves from now on, until it ends. */
  readonly begun: () => void;
  /** It is told to end. */
  readonly ending: () => void;
}

/** A connection on its way to a worker, and whether it was taken. */
interface Offered {
  readonly kind: 'connection';
  readonly offer: number;
}

interface Replied {
  readonly kind: 'taken';
  readonly offer: number;
  readonly isTaken: boolean;
}

/** Runs the present command anew; the process finds its number in the environment. */
export function forkWorker(setup: ForkSetup): ForkedWorker {
  const { number, askPendingMax, poolThreads, goTimeoutMs, goBody } = setup;
  const child = fork(process.argv[1] as string, process.argv.slice(2), {
    env: {
      // Read when a process begins, so that it can be said to others only.
      UV_THREADPOOL_SIZE: String(poolThreads),
      ...process.env,
      [workerVariable]: String(number),
      [askPendingVariable]: String(askPendingMax),
    },
  });
  const channel = createChannel(carrierTo(child), askPendingMax);
  const prepared = Promise.withResolvers<void>();
  const refused = Promise.withResolvers<never>();
  refused.promise.catch(() => undefined);
  channel.on('prepared', () => prepared.resolve());
  let reason: string | undefined;
  // What it says before it ends tells more than its exit code.
  channel.on('failed', (why: string) => {
    reason = why;
  });
  const exited = once(child, 'exit').then(([code, signal]) => {
    const how = reason ?? (signal === null ? `exit code ${code}` : `signal ${signal}`);
    prepared.reject(new Error(how));
    refused.reject(new Error(how));
    return how;
  });
  return {
    pid: child.pid ?? 0,
    channel,
    handOver: createHandOver(child),
    prepared: prepared.promise,
    async go() {
      await Promise.race([channel.ask('go', goBody(), goTimeoutMs), refused.promise]);
      setup.begun();
    },
    drain(gently) {
      setup.ending();
      channel.tell('drain', gently);
    },
    exited,
    kill: () => void child.kill('SIGKILL'),
  };
}

/** A connection stays open here until the worker has said that it took it: what it did not take is not lost with it. */
function createHandOver(child: ChildProcess): HandOver {
  const offers = new Map<number, PromiseWithResolvers<boolean>>();
  let next = 0;
  child.on('message', (message: Replied | undefined) => {
    if (message?.kind === 'taken') offers.get(message.offer)?.resolve(message.isTaken);
  });
  child.once('exit', () => {
    for (const { reject } of offers.values()) reject(new Error('the worker has ended'));
  });
  return async (socket) => {
    const offer = next++;
    const replied = Promise.withResolvers<boolean>();
    offers.set(offer, replied);
    const message: Offered = { kind: 'connection', offer };
    if (!child.connected) replied.reject(new Error('the worker has ended'));
    else child.send(message, socket, { keepOpen: true }, (error) => error && replied.reject(error));
    return replied.promise.finally(() => offers.delete(offer));
  };
}

function carrierTo(child: ChildProcess): Carrier {
  return {
    // That it fails is told by the end of the process.
    send(message) {
      if (child.connected) child.send(message as object, () => undefined);
      return child.connected;
    },
    onMessage: (listener) => void child.on('message', listener),
    onGone: (listener) => void child.once('disconnect', listener),
  };
}

export const isWorker = (env: NodeJS.ProcessEnv): boolean => process.send !== undefined && workerVariable in env;

export interface Parent {
  readonly channel: Channel;
  /** Of this worker. */
  readonly number: number;
  /** `enter` says whether the connection is taken; before the first call none is. */
  onConnection(enter: (socket: Socket) => boolean): void;
}

/** The parent as a worker's process sees it. */
export function openParent(env: NodeJS.ProcessEnv): Parent {
  let enter: (socket: Socket) => boolean = () => false;
  const send = (message: unknown) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    return process.connected;
  };
  process.on('message', (message: Offered | undefined, socket: unknown) => {
    if (message?.kind !== 'connection') return;
    // Gone already where there is none.
    const isTaken = socket === undefined || enter(socket as Socket);
    send({ kind: 'taken', offer: message.offer, isTaken } satisfies Replied);
    if (!isTaken) (socket as Socket).destroy();
  });
  const channel = createChannel(
    {
      send,
      onMessage: (listener) => void process.on('message', listener),
      onGone: (listener) => void process.once('disconnect', listener),
    },
    Number(env[askPendingVariable]),
  );
  return {
    channel,
    number: Number(env[workerVariable]),
    onConnection: (take) => {
      enter = take;
    },
  };
}
