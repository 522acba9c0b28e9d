/** Hands out the subjects' keys: those in use from memory, the others from the thread that keeps them, many in one commit. */

import { createSecretKey, type KeyObject } from 'node:crypto';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import type { SubjectKeys } from '../../exchange/log-ports.ts';
import type { Clock } from '../../exchange/ports.ts';
import type { StorePlaces } from './store-mark.ts';
import type { KeyAnswer, KeyRequest, StoredKey } from './subject-key-store.ts';
import type { KeyReply } from './subject-key-worker.ts';

export interface SubjectKey {
  readonly id: string;
  readonly key: KeyObject;
}

export interface SubjectKeyLimits {
  readonly subjectKeysCachedMax: number;
  /** Requests waiting for the key file; beyond them exchanges are refused. */
  readonly subjectKeysPendingMax: number;
}

export interface KeptSubjectKeys extends SubjectKeys {
  /** The key in force; durable, made where the subject has none. */
  current(subject: string): Promise<SubjectKey>;
  /** Undefined where the key is erased, `unknown` where there never was one of that name, `damaged` where it is not what it was. */
  find(subject: string, id: string): Promise<SubjectKey | 'unknown' | 'damaged' | undefined>;
  close(): Promise<void>;
}

interface Pending {
  readonly request: KeyRequest;
  readonly resolve: (stored: KeyAnswer) => void;
  readonly reject: (error: unknown) => void;
}

const workerFile = new URL(`./subject-key-worker${extname(import.meta.filename)}`, import.meta.url);

/** `failed` is told once, when the file could not be written; no key is made from then on. Rejects where it cannot be opened, or is not the one that is marked. */
export async function openSubjectKeys(
  places: StorePlaces,
  limits: SubjectKeyLimits,
  clock: Clock,
  failed: (error: unknown) => void,
): Promise<KeptSubjectKeys> {
  const cached = new LRUCache<string, Promise<SubjectKey>>({ max: limits.subjectKeysCachedMax });
  const worker = new Worker(workerFile, { workerData: places });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  let pending: Pending[] = [];
  let underWay: Pending[] = [];
  let stopped: { readonly reason: unknown } | undefined;

  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
  });
  worker.removeAllListeners('error');
  worker.on('error', fail);
  worker.on('message', ({ answers, error }: KeyReply) => {
    if (answers === undefined) return fail(error);
    for (const [at, { resolve }] of underWay.entries()) resolve(answers[at]);
    underWay = [];
    send();
  });

  /** One batch at a time: what comes meanwhile shares the next commit. */
  function send(): void {
    if (underWay.length > 0 || pending.length === 0) return;
    underWay = pending;
    pending = [];
    worker.postMessage(underWay.map(({ request }) => request));
  }

  function ask(request: KeyRequest): Promise<KeyAnswer> {
    if (stopped !== undefined) return Promise.reject(stopped.reason);
    if (pending.length >= limits.subjectKeysPendingMax) {
      return Promise.reject(new Error(`${limits.subjectKeysPendingMax} requests wait for the key file already`));
    }
    return new Promise((resolve, reject) => {
      pending.push({ request, resolve, reject });
      send();
    });
  }

  function stop(reason: unknown): void {
    stopped ??= { reason };
    for (const { reject } of [...underWay, ...pending]) reject(stopped.reason);
    underWay = [];
    pending = [];
  }

  function fail(error: unknown): void {
    const first = stopped === undefined;
    stop(error);
    if (first) failed(error);
  }

  return {
    current(subject) {
      const known = cached.get(subject);
      if (known !== undefined) return known;
      const asked = ask({ kind: 'current', subject, nowMs: clock.nowMs() }).then((stored) =>
        keyOf(stored as StoredKey),
      );
      cached.set(subject, asked);
      asked.catch(() => {
        if (cached.peek(subject) === asked) cached.delete(subject);
      });
      return asked;
    },
    async find(subject, id) {
      const stored = await ask({ kind: 'find', subject, id });
      return typeof stored === 'object' ? keyOf(stored) : stored;
    },
    async erase(subjects) {
      // Whoever asks from now on stands behind the erasure in the thread's queue, and gets a new key.
      for (const subject of subjects) cached.delete(subject);
      await ask({ kind: 'erase', subjects, madeBeforeMs: Number.MAX_SAFE_INTEGER });
    },
    async close() {
      worker.postMessage('close');
      await ended;
      stop(new Error('the subject keys are closed'));
    },
  };
}

function keyOf({ id, key }: StoredKey): SubjectKey {
  return { id, key: createSecretKey(key) };
}
