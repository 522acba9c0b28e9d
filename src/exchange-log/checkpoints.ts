/** Publishes signed checkpoints: at once when the log has been quiet, else once an interval; where witnesses are wanted, with their cosignatures. */

import type { LogEntry } from '../exchange/entries.ts';
import type { Clock } from '../exchange/ports.ts';
import type { Cosigning } from './cosigning.ts';
import { createGrace } from './grace.ts';
import type { Heads, SignedHead } from './heads.ts';
import type { Integrator } from './integrator.ts';
import type { TileStore } from './store/tile-store.ts';
import { consistencyProof } from './tree/proof.ts';
import { createWaiting } from './waiting.ts';

/** A signed checkpoint, durable, for everyone to see. */
export interface PublishedCheckpoint extends SignedHead {
  /** Of witnesses that are configured. */
  readonly cosignatures: number;
}

export interface Checkpoints {
  readonly newest: PublishedCheckpoint;
  /** True while no more may be recorded: for too long no checkpoint had the cosignatures that are wanted, or a witness disputes the log. */
  readonly overdue: boolean;
  /** Says that the tree has grown. */
  grown(): void;
  /** Makes the tree as it is now what a restart begins with: publishes it, unless that needs witnesses. */
  secure(): Promise<void>;
  /** Goes on with what `secure` left. */
  start(): void;
  /** Publishes the tree as it is now, unless that has been done, or witnesses are wanted and do not cosign. */
  publish(): Promise<void>;
  /** A checkpoint that covers the entry. Rejects once the log has failed or is closed. */
  covering(index: number): Promise<string>;
  /** Called, and waited for, after each. */
  onPublished(listener: Published): void;
  /** Nothing is published any more; whoever waits is told why. */
  end(reason: unknown): Promise<void>;
}

export interface CheckpointsSetup {
  readonly integrator: Integrator;
  readonly heads: Heads;
  readonly store: TileStore;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** From before a restart; undefined for a new log, which has none until `publish`. */
  readonly newest: SignedHead | undefined;
  /** Undefined where no witnesses are configured. */
  readonly cosigning: Cosigning | undefined;
  readonly failed: (error: unknown) => void;
}

type Published = (checkpoint: PublishedCheckpoint, durationMs: number) => void | Promise<void>;

interface Timer {
  readonly handle: NodeJS.Timeout;
  /** Only to ask witnesses again for what they have not cosigned. */
  readonly again: boolean;
}

export function createCheckpoints(setup: CheckpointsSetup): Checkpoints {
  const { integrator, heads, store, clock, intervalMs, cosigning } = setup;
  const waiting = createWaiting();
  const grace = createGrace(cosigning?.graceMs ?? Number.POSITIVE_INFINITY, () => performance.now());
  let newest: PublishedCheckpoint = { size: 0, note: '', ...setup.newest, cosignatures: 0 };
  if (cosigning !== undefined && newest.size > 0) newest = { ...newest, cosignatures: cosigning.recall(newest) };
  let startedMs = Number.NEGATIVE_INFINITY;
  let timer: Timer | undefined;
  let publishing: Promise<void> | undefined;
  let ended: { readonly reason: unknown } | undefined;
  let published: Published | undefined;

  function schedule(): void {
    if (publishing !== undefined || ended !== undefined) return;
    const again = integrator.size === heads.newest?.size;
    if (timer !== undefined && (again || !timer.again)) return;
    const againInMs = again ? cosigning?.againInMs(heads.newest) : 0;
    if (againInMs === undefined) return;
    clearTimeout(timer?.handle);
    // Never longer than the interval, whatever the clock was set to.
    const restMs = Math.min(intervalMs, Math.max(0, startedMs + intervalMs - clock.nowMs()));
    const handle = setTimeout(run, Math.max(restMs, againInMs));
    timer = { handle, again };
  }

  function run(): void {
    timer = undefined;
    startedMs = clock.nowMs();
    publish().catch(setup.failed);
  }

  /** One round at a time. */
  async function publish(isLast = false): Promise<void> {
    while (publishing !== undefined) await publishing;
    publishing = publishNow(isLast);
    try {
      await publishing;
    } finally {
      publishing = undefined;
    }
    schedule();
  }

  async function publishNow(isLast: boolean): Promise<void> {
    const beforeMs = performance.now();
    grace.taken();
    const head = await heads.advance();
    const { note, cosignatures } = await cosigned(head, isLast);
    if (ended !== undefined) return;
    const isEnough = cosignatures >= wantedFor(head);
    if (!isEnough && cosigning?.without === 'refuse') return;
    if (isEnough) grace.covered();
    if (newest.note !== '' && head.size === newest.size && cosignatures <= newest.cosignatures) return;
    await store.writeCheckpoint(note);
    newest = { size: head.size, note, cosignatures };
    waiting.serve(head.size, note);
    await published?.(newest, performance.now() - beforeMs);
  }

  /** An empty tree commits to nothing, so that nobody need watch it. */
  const wantedFor = ({ size }: SignedHead) => (cosigning === undefined || size === 0 ? 0 : cosigning.wanted);

  async function cosigned(head: SignedHead, isLast: boolean): Promise<{ note: string; cosignatures: number }> {
    if (cosigning === undefined || head.size === 0) return { note: head.note, cosignatures: 0 };
    const proveFrom = (oldSize: number) => consistencyProof(integrator, oldSize, head.size);
    return cosigning.cosign(head, proveFrom, isLast);
  }

  /** By the wall clock, milliseconds: the only one that outlives a restart. An entry from the future, or without a time, is new. */
  async function ageOf(index: number): Promise<number> {
    const { time } = JSON.parse((await integrator.entry(index)).toString()) as Partial<LogEntry>;
    const timeMs = time === undefined ? Number.NaN : Date.parse(time);
    return Number.isNaN(timeMs) ? 0 : Math.max(0, clock.nowMs() - timeMs);
  }

  return {
    get newest() {
      return newest;
    },
    get overdue() {
      return cosigning?.without === 'refuse' && (grace.isOver || cosigning.isDisputed);
    },
    grown() {
      grace.grown();
      schedule();
    },
    async secure() {
      if (cosigning === undefined) return publish();
      await heads.advance();
      const coveredSize = newest.cosignatures >= wantedFor(newest) ? newest.size : 0;
      const mayRefuse = cosigning.without === 'refuse' && coveredSize < integrator.size;
      if (mayRefuse) grace.grown(await ageOf(coveredSize));
    },
    start: schedule,
    publish: () => publish(true),
    covering(index) {
      if (index < newest.size) return Promise.resolve(newest.note);
      if (ended !== undefined) return Promise.reject(ended.reason);
      return waiting.add(index);
    },
    onPublished(listener) {
      published = listener;
    },
    async end(reason) {
      ended ??= { reason };
      clearTimeout(timer?.handle);
      timer = undefined;
      waiting.dismiss(reason);
      cosigning?.end();
      await publishing?.catch(() => undefined);
    },
  };
}
