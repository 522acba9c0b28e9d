/** The other end of the thread that writes the last numbers out. */

import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FileMark } from './subject-file.ts';

export interface WriterSettings {
  readonly path: string;
  /** Pages that SQLite keeps in memory, bytes. */
  readonly cacheBytesMax: number;
}

export type WriterMessage = PackedChanges | { readonly mark: FileMark } | { readonly end: true };

/** The last number of each subject. */
export type Changes = ReadonlyMap<string, number>;

/** As few values as possible: each one that is sent to another thread costs time of this one. */
export interface PackedChanges {
  /** Separated by line feeds, which no subject has. */
  readonly subjects: string;
  readonly numbers: Float64Array;
  readonly late: LateEntries;
}

/** Index of each by its id. */
export type LateEntries = ReadonlyMap<string, number>;

export interface FileThread {
  write(changes: Changes, late: LateEntries): void;
  /** Resolves when everything written so far is in the file; rejects when the thread has failed. One at a time. */
  commit(mark: FileMark): Promise<void>;
  /** Resolves when the thread has ended. */
  close(): Promise<void>;
}

/** `failed` is told of whatever ends the thread before `close` does. */
export function startFileThread(settings: WriterSettings, failed: (error: unknown) => void): FileThread {
  const worker = new Worker(new URL(`./file-writer${extname(import.meta.url)}`, import.meta.url), {
    workerData: settings,
  });
  let committing: PromiseWithResolvers<void> | undefined;
  let closing = false;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const end = (error: unknown) => {
    committing?.reject(error);
    failed(error);
  };
  worker.on('message', () => committing?.resolve());
  worker.on('error', end);
  worker.on('exit', () => {
    if (!closing) end(new Error('the thread that writes the numbers of subjects has ended'));
  });
  const send = (message: WriterMessage) => worker.postMessage(message);
  return {
    write: (changes, late) =>
      send({ subjects: [...changes.keys()].join('\n'), numbers: Float64Array.from(changes.values()), late }),
    commit(mark) {
      committing = Promise.withResolvers();
      send({ mark });
      return committing.promise;
    },
    async close() {
      closing = true;
      send({ end: true });
      await ended;
    },
  };
}
