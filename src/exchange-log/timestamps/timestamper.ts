/** Has the newest checkpoint stamped once an interval, by an authority that may be away: then it is asked again, ever less often, and nothing else waits. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../exchange/ports.ts';
import { parseCheckpoint } from '../note/checkpoint.ts';
import { parseNote } from '../note/note.ts';
import type { AskAuthority } from './ask-authority.ts';
import type { TimestampStore } from './timestamp-store.ts';

export interface TimestamperSettings {
  /** From one timestamp to the next, milliseconds. */
  readonly intervalMs: number;
  /** After a failure, doubled with each further one, milliseconds. */
  readonly retryMs: number;
  /** The longest that grows to, milliseconds. */
  readonly retryMsMax: number;
}

export interface TimestamperSetup {
  readonly settings: TimestamperSettings;
  readonly ask: AskAuthority;
  readonly store: TimestampStore;
  /** The newest signed note, as it is published. */
  readonly checkpoint: () => string;
  readonly clock: Clock;
  readonly observer: TimestampObserver;
}

export interface TimestampObserver {
  stamped(size: number, generatedMs: number): void;
  /** Each failure; `isFirst` in an outage. */
  failed(error: unknown, isFirst: boolean): void;
  /** The first success after failures. */
  recovered(): void;
}

export interface Timestamper {
  /** Of the newest timestamp, by the authority's clock, Unix milliseconds; undefined before the first one. */
  readonly generatedMs: number | undefined;
  /** True from a failure to the next success. */
  readonly isFailing: boolean;
  /** Gives up what is under way. */
  close(): Promise<void>;
}

/**
 * Goes on from what the store holds. One checkpoint waits at most, the newest: those that it continues are proven by it,
 * too. An authority that comes back is noticed at the next try, and stamps that one at once.
 *
 * @param lastMs when the newest timestamp of the store was made.
 */
export function startTimestamper(setup: TimestamperSetup, lastMs: number | undefined): Timestamper {
  const { settings, ask, store, clock, observer } = setup;
  const ending = new AbortController();
  let generatedMs = lastMs;
  let failures = 0;

  /** Milliseconds until the next round. */
  async function round(): Promise<number> {
    const note = Buffer.from(setup.checkpoint());
    const { size } = parseCheckpoint(parseNote(note).text);
    if (size === (store.sizes.at(-1) ?? 0)) return settings.intervalMs;
    try {
      const { answer, timestamp } = await ask(note, ending.signal);
      await store.keep(size, { note, answer });
      generatedMs = timestamp.generatedMs;
      observer.stamped(size, generatedMs);
      if (failures > 0) observer.recovered();
      failures = 0;
      return settings.intervalMs;
    } catch (error) {
      if (ending.signal.aborted) return 0;
      failures += 1;
      observer.failed(error, failures === 1);
      return Math.min(settings.retryMsMax, settings.retryMs * 2 ** (failures - 1));
    }
  }

  async function run(): Promise<void> {
    let waitMs = firstWaitMs();
    while (!ending.signal.aborted) {
      await sleep(waitMs, undefined, { signal: ending.signal, ref: false }).catch(() => undefined);
      if (!ending.signal.aborted) waitMs = await round();
    }
  }

  /** What is left of the interval, whatever the clock was set to meanwhile. */
  function firstWaitMs(): number {
    if (lastMs === undefined) return 0;
    return Math.min(settings.intervalMs, Math.max(0, lastMs + settings.intervalMs - clock.nowMs()));
  }

  const running = run();
  return {
    get generatedMs() {
      return generatedMs;
    },
    get isFailing() {
      return failures > 0;
    },
    async close() {
      ending.abort();
      await running;
    },
  };
}
