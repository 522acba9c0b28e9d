/** Sends one receiver what it is to be sent, in order, one at a time, until it takes it or is given up. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { NoticeSource, WebhookStream } from '../exchange/events.ts';
import { Problem } from '../problems.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import type { Post } from './post.ts';
import type { Receiver, WebhookSettings } from './settings.ts';
import type { Signing } from './signature.ts';

export interface StreamSetup {
  readonly database: StateQueries;
  readonly origin: string;
  readonly receiver: Receiver;
  readonly stream: WebhookStream;
  readonly source: NoticeSource;
  readonly post: Post;
  readonly signing: Signing;
  readonly tail: StreamTail;
  readonly nowMs: () => number;
  /** 0 to 1, without 1. */
  readonly random: () => number;
  readonly settings: WebhookSettings;
  readonly observer: WebhookObserver;
  /** Told of each failure of the gateway's own that is tried again. */
  readonly trouble: (error: unknown) => void;
}

export interface StreamTail {
  readonly last: number | undefined;
  after(number: number, signal: AbortSignal): Promise<void>;
}

export interface WebhookObserver {
  /** `taken`, or why not. */
  webhookAnswered(receiver: string, stream: WebhookStream, outcome: string): void;
  webhookDead(receiver: string, stream: WebhookStream, isDead: boolean): void;
  /** Not each try: the first failure, with its fault; that it is given up; the first notice that is taken again. */
  webhookTurned(receiver: string, stream: WebhookStream, to: 'failing' | 'dead' | 'going', fault?: string): void;
}

export interface Stream {
  /** An operator started it again. */
  wake(): void;
  close(): Promise<void>;
}

interface Held {
  readonly cursor: number;
  readonly tries: number;
  readonly failing_since_ms: number | null;
  /** Of the last try; an operator's restart leaves it until a notice is taken. */
  readonly fault: string | null;
}

const folder = new URL('sql/', import.meta.url);
const claim = readStatement(folder, 'claim');
const due = readStatement(folder, 'due');
const advance = readStatement(folder, 'advance');
const fail = readStatement(folder, 'fail');
const hourMs = 3_600_000;
const shortestPauseMs = 50;

/**
 * The order is the circuit: while a receiver fails, its next notice is the only one that is tried, ever less often, and
 * nothing is sent to it in between; other receivers have streams of their own.
 */
export function startStream(setup: StreamSetup): Stream {
  const { database, origin, stream, source, post, signing, tail, nowMs, settings, observer } = setup;
  const { id: receiver } = setup.receiver;
  const url = new URL(setup.receiver.url).href;
  const { leaseSeconds } = settings;
  const closing = new AbortController();
  let woken = new AbortController();
  /** The notice whose disclosure is recorded; after a crash it is recorded once more. */
  let told: string | undefined;
  const running = run();

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      woken = new AbortController();
      // What is numbered after this look wakes.
      const seen = tail.last ?? 0;
      try {
        await rest(seen, await pass());
      } catch (error) {
        if (closing.signal.aborted) return;
        setup.trouble(error);
        await pause(settings.backoffMs);
      }
    }
  }

  /** Milliseconds until something may be tried; undefined where everything is told. */
  async function pass(): Promise<number | undefined> {
    const [held] = await database.query<Held>(claim, { receiver, stream, origin, leaseSeconds, nowMs: nowMs() });
    if (held === undefined) return untilDue();
    observer.webhookDead(receiver, stream, false);
    let { cursor, tries, fault } = held;
    while (!closing.signal.aborted) {
      const { notice, next } = await nextAfter(cursor);
      if (notice !== undefined) {
        told = notice.id;
        const headers = signing.headersOf({ url, ...notice, createdSeconds: Math.floor(nowMs() / 1000) });
        const outcome = await post.send(headers, notice.content, closing.signal);
        observer.webhookAnswered(receiver, stream, outcome);
        if (outcome !== 'taken') return failed({ ...held, tries }, outcome);
        if (fault !== null) observer.webhookTurned(receiver, stream, 'going');
        fault = null;
      }
      if (notice !== undefined || next !== cursor) {
        const values = { receiver, stream, origin, cursor: next, leaseSeconds };
        if ((await database.query(advance, values)).length === 0) return shortestPauseMs;
      }
      if (notice === undefined) return undefined;
      cursor = next;
      tries = 0;
    }
    return 0;
  }

  /** What is not kept any more cannot be sent; nobody was in a hurry to start it again. */
  async function nextAfter(cursor: number) {
    try {
      return await source.next(receiver, cursor, told);
    } catch (error) {
      if (!(error instanceof Problem) || error.oldestCursor === undefined) throw error;
      return source.next(receiver, Number(error.oldestCursor), told);
    }
  }

  async function failed({ tries: before, failing_since_ms: since }: Held, fault: string): Promise<number> {
    const now = nowMs();
    const tries = before + 1;
    const isOld = now - (before === 0 ? now : (since ?? now)) >= settings.failingHoursMax * hourMs;
    const dead = tries >= settings.triesMax && isOld;
    const wholeMs = Math.min(settings.backoffMsMax, settings.backoffMs * 2 ** Math.min(before, 30));
    // Half of it is chance, so that what failed together does not come together again.
    const waitMs = Math.ceil(wholeMs / 2 + (wholeMs / 2) * setup.random());
    const values = { receiver, stream, origin, tries, fault, dead, nowMs: now, nextTryMs: now + waitMs };
    await database.query(fail, values);
    if (before === 0) observer.webhookTurned(receiver, stream, 'failing', fault);
    if (dead) observer.webhookTurned(receiver, stream, 'dead', fault);
    if (dead) observer.webhookDead(receiver, stream, true);
    return waitMs;
  }

  /** Of a stream that is in other hands, failing or dead. */
  async function untilDue(): Promise<number> {
    const values = { receiver, stream, origin };
    const [row] = await database.query<{ next_try_ms: number; lease_ms: number | null }>(due, values);
    observer.webhookDead(receiver, stream, row === undefined);
    if (row === undefined) return leaseSeconds * 1000;
    return Math.max(shortestPauseMs, row.next_try_ms - nowMs(), Number(row.lease_ms ?? 0));
  }

  async function rest(seen: number, waitMs: number | undefined): Promise<void> {
    if (waitMs !== undefined) return pause(waitMs);
    await tail.after(seen, AbortSignal.any([closing.signal, woken.signal])).catch(() => undefined);
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: AbortSignal.any([closing.signal, woken.signal]) }).catch(() => undefined);
  }

  return {
    wake: () => woken.abort(),
    async close() {
      closing.abort(new Error('the gateway closes'));
      await running;
    },
  };
}
