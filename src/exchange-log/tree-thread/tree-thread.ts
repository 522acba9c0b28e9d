/** The other end of the thread that has the log's tree: it is handed copies of what is durable, and asked about the rest. */

import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Integrator } from '../integrator.ts';
import { encodeBundle, parseBundle } from '../store/bundle.ts';
import type { TreeHead } from '../store/restore-edge.ts';
import {
  asBuffer,
  type TreeAnswers,
  type TreeMessage,
  type TreeQuestion,
  type TreeReply,
  type TreeThreadSetup,
} from './messages.ts';
import { failureOf, type ToldFailure } from './told-failure.ts';

export interface TreeThreadParts {
  readonly folder: string;
  /** The tree that the files hold; undefined for a new log. */
  readonly head: TreeHead | undefined;
  /** Entries that may be on their way into the tree, and as many into full files. */
  readonly backlogEntriesMax: number;
  /** Told of whatever ends the thread before `close` does. */
  readonly failed: (error: unknown) => void;
}

/** As the system's lists of threads have it. */
export const treeThreadName = 'log-tree';

const module = new URL(`./tree-worker${extname(import.meta.url)}`, import.meta.url);

/** Its size is what it was handed: whatever is asked about those entries waits for them. Rejects with LogDamage where the files do not hold the head. */
export async function startTreeThread(parts: TreeThreadParts): Promise<Integrator> {
  const { folder, head, backlogEntriesMax, failed } = parts;
  const taken = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  const takenEntries = new BigInt64Array(taken);
  const worker = new Worker(module, {
    name: treeThreadName,
    workerData: { folder, head, backlogEntriesMax, taken } satisfies TreeThreadSetup,
  });
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<void>();
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let questions = 0;
  let added = 0;
  let broken: { readonly reason: unknown } | undefined;
  let isClosing = false;
  let grown: (() => void) | undefined;

  function hear(reply: TreeReply): void {
    if (reply === 'ready') ready.resolve();
    else if ('failed' in reply) fail(failureOf(reply.failed));
    else settle(reply);
  }

  function settle(reply: Exclude<TreeReply, 'ready' | { readonly failed: ToldFailure }>): void {
    const waiting = asked.get(reply.id);
    asked.delete(reply.id);
    if ('answer' in reply) waiting?.resolve(reply.answer);
    else waiting?.reject(failureOf(reply.refused));
  }

  function fail(error: unknown): void {
    if (broken !== undefined) return;
    broken = { reason: error };
    for (const { reject } of asked.values()) reject(error);
    asked.clear();
    ready.reject(error);
    failed(error);
  }

  function ask<K extends keyof TreeAnswers>(question: TreeQuestion & { readonly kind: K }): Promise<TreeAnswers[K]> {
    if (broken !== undefined) return Promise.reject(broken.reason);
    const waiting = Promise.withResolvers<unknown>();
    const id = questions++;
    asked.set(id, waiting);
    worker.postMessage({ id, question } satisfies TreeMessage);
    return waiting.promise as Promise<TreeAnswers[K]>;
  }

  worker.on('message', hear);
  worker.on('error', fail);
  worker.on('exit', () => {
    if (!isClosing) fail(new Error('the thread that has the tree of the exchange log has ended'));
  });
  await ready.promise;

  const size = () => (head?.size ?? 0) + added;
  const isFull = () => broken === undefined && added - Number(takenEntries[0]) > backlogEntriesMax;
  const entries = async (from: number, count: number) =>
    parseBundle(asBuffer(await ask({ kind: 'entries', from, count })));
  return {
    get size() {
      return size();
    },
    add(more, taken) {
      const bundle = encodeBundle(more);
      worker.postMessage({ bundle, count: more.length } satisfies TreeMessage, transferable(bundle));
      added += more.length;
      taken?.();
      grown?.();
    },
    room: () => (isFull() ? ask({ kind: 'room' }).catch(() => undefined) : undefined),
    async state() {
      const { root, partials, size: reached } = await ask({ kind: 'state', size: size() });
      return { size: reached, root: asBuffer(root), partials };
    },
    // A failure is told of once, to those who must know.
    caughtUp: () => ask({ kind: 'caught-up' }).catch(() => undefined),
    tile: (level, index, width) => ask({ kind: 'tile', level, index, width }),
    entries,
    async entry(index) {
      const [entry] = await entries(index, 1);
      if (entry === undefined) throw new Error(`there is no entry ${index}`);
      return entry;
    },
    onGrown(listener) {
      grown = listener;
    },
    async close() {
      isClosing = true;
      worker.postMessage('close' satisfies TreeMessage);
      await ended;
    },
  };
}

/** Memory that it shares with others is copied. */
const transferable = ({ buffer, byteLength }: Buffer) =>
  buffer.byteLength === byteLength ? [buffer as ArrayBuffer] : [];
