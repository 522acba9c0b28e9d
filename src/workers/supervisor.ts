/** Keeps a number of workers serving: starts them, replaces those that end, and renews them one after the other. */

import { setTimeout as sleep } from 'node:timers/promises';
import { inTurn } from './in-turn.ts';
import type { RespawnLimits } from './settings.ts';

/** One process of a worker. */
export interface WorkerProcess {
  readonly pid: number;
  /** Resolves when the process has read its configuration and can take its log; rejects with why it cannot. */
  readonly prepared: Promise<void>;
  /** Lets it take its log and serve; resolves when it does, rejects with why it cannot. */
  go(): Promise<void>;
  /** Tells it to finish what it has and to end; gently, where others go on in its place. */
  drain(gently: boolean): void;
  /** Resolves with how it ended; never rejects. */
  readonly exited: Promise<string>;
  kill(): void;
}

export interface SupervisorSetup {
  readonly count: number;
  readonly start: (number: number) => WorkerProcess;
  /**
   * Before each renewal: what is started from now on has what there is now. Where it rejects, nothing is renewed. What it
   * resolves with is called when the renewal is over, before anything else is started.
   */
  readonly reread: () => Promise<() => void>;
  readonly limits: RespawnLimits;
  /** For a process to prepare itself, and again to serve, milliseconds. */
  readonly readyTimeoutMs: number;
  /** For a process that was told to end, milliseconds. */
  readonly endTimeoutMs: number;
  readonly observer: SupervisorObserver;
}

export interface SupervisorObserver {
  serving(number: number, pid: number): void;
  /** Ended without being told to, or could not serve; it is started again after that time. */
  ended(number: number, how: string, backoffMs: number): void;
  renewed(number: number): void;
}

export interface Supervisor {
  /** Numbers of the workers that serve. */
  serving(): readonly number[];
  /** Starts of processes of that worker so far. */
  starts(number: number): number;
  /** Resolves when all serve for the first time; rejects with why one cannot. */
  begin(): Promise<void>;
  /**
   * Replaces every worker, one after the other, and resolves when all serve; rejects, and stops, where a replacement
   * cannot. Asked for while a renewal runs, one more follows it.
   */
  renew(): Promise<void>;
  /** Replaces one that says that it is no longer of use. */
  replace(number: number): void;
  /** Ends all, at the same time. */
  close(): Promise<void>;
}

interface Place {
  readonly number: number;
  current: WorkerProcess | undefined;
  serves: boolean;
  /** While its process is exchanged on purpose: its end is no news. */
  renewing: boolean;
  /** While it is started again: settles with its next start, that it serves or why not. */
  upcoming: Promise<void>;
  starts: number;
  endsAtMs: number[];
}

export function createSupervisor(setup: SupervisorSetup): Supervisor {
  const { limits, observer } = setup;
  const closing = new AbortController();
  const places = Array.from(
    { length: setup.count },
    (_one, at): Place => ({
      number: at + 1,
      current: undefined,
      serves: false,
      renewing: false,
      upcoming: Promise.resolve(),
      starts: 0,
      endsAtMs: [],
    }),
  );
  let renewal: Promise<void> | undefined;
  const renew = inTurn(() => {
    renewal = reread();
    return renewal;
  });

  function start(place: Place): WorkerProcess {
    place.starts += 1;
    const process = setup.start(place.number);
    process.prepared.catch(() => undefined);
    return process;
  }

  async function serve(place: Place, process: WorkerProcess): Promise<void> {
    place.current = process;
    try {
      await within(process.prepared, 'has not read its configuration');
      await within(process.go(), 'does not serve');
    } catch (error) {
      process.kill();
      await process.exited;
      throw error;
    }
    place.serves = true;
    observer.serving(place.number, process.pid);
    void process.exited.then((how) => {
      if (place.current !== process) return;
      place.serves = false;
      if (!place.renewing) void revive(place, how);
    });
  }

  async function within(step: Promise<void>, lack: string): Promise<void> {
    const done = new AbortController();
    const late = sleep(setup.readyTimeoutMs, undefined, { signal: done.signal }).then(
      () => Promise.reject(new Error(`it ${lack} after ${setup.readyTimeoutMs} ms`)),
      () => undefined,
    );
    try {
      await Promise.race([step, late]);
    } finally {
      done.abort();
    }
  }

  /** Until it serves again, or all is over: what keeps it from that, such as a full disk, may end at any time. */
  async function revive(place: Place, how: string): Promise<void> {
    for (let why = how; !closing.signal.aborted; ) {
      place.upcoming = startAgain(place, why);
      try {
        return await place.upcoming;
      } catch (error) {
        why = (error as Error).message;
      }
    }
  }

  async function startAgain(place: Place, why: string): Promise<void> {
    const nowMs = performance.now();
    place.endsAtMs = [...place.endsAtMs.filter((atMs) => nowMs - atMs < limits.windowMs), nowMs];
    const ends = place.endsAtMs.length;
    // A first end is answered at once: who dies seldom is not to be waited for.
    const backoffMs = ends === 1 ? 0 : Math.min(limits.backoffMs * 2 ** (ends - 2), limits.backoffMsMax);
    observer.ended(place.number, why, backoffMs);
    await sleep(backoffMs, undefined, { signal: closing.signal }).catch(() => undefined);
    untilClosing();
    await serve(place, start(place));
  }

  function untilClosing(): void {
    if (closing.signal.aborted) throw new Error('the gateway is closing');
  }

  async function end(process: WorkerProcess, gently: boolean): Promise<void> {
    process.drain(gently);
    const late = setTimeout(() => process.kill(), setup.endTimeoutMs);
    await process.exited;
    clearTimeout(late);
  }

  /** The next process is as far as it can be without the log before the present one is told to end. */
  async function renewPlace(place: Place): Promise<void> {
    // From here on, so that the end of the present one starts no second successor.
    place.renewing = true;
    const next = start(place);
    try {
      await within(next.prepared, 'has not read its configuration');
    } catch (error) {
      next.kill();
      place.renewing = false;
      if (!place.serves) void revive(place, 'it ended while its successor was being prepared');
      throw error;
    }
    try {
      untilClosing();
      if (place.current !== undefined) await end(place.current, true);
      place.serves = false;
      untilClosing();
      await serve(place, next);
      observer.renewed(place.number);
    } catch (error) {
      next.kill();
      void revive(place, (error as Error).message);
      throw error;
    } finally {
      place.renewing = false;
    }
  }

  async function reread(): Promise<void> {
    untilClosing();
    const over = await setup.reread();
    try {
      await renewAll();
    } finally {
      over();
    }
  }

  async function renewAll(): Promise<void> {
    const before = places.map(({ starts }) => starts);
    // Whoever was started since has what there is now.
    const isOld = ({ number, starts }: Place) => starts === before[number - 1];
    // First those that serve: one that cannot be started must not keep the others from what there is now.
    for (const place of places) if (place.serves && isOld(place)) await renewPlace(place);
    for (const place of places) {
      while (!place.serves) {
        untilClosing();
        await place.upcoming.catch((error: Error) => {
          if (!isOld(place)) throw new Error(`worker ${place.number} does not serve: ${error.message}`);
        });
      }
      if (isOld(place)) await renewPlace(place);
    }
  }

  async function endAll(): Promise<void> {
    await Promise.all(places.map(async ({ current }) => current !== undefined && end(current, false)));
  }

  return {
    serving: () => places.filter(({ serves }) => serves).map(({ number }) => number),
    starts: (number) => places[number - 1]?.starts ?? 0,
    async begin() {
      await Promise.all(places.map((place) => serve(place, start(place))));
    },
    renew,
    replace(number) {
      const place = places[number - 1];
      if (place?.serves === true && place.current !== undefined) void end(place.current, true);
    },
    async close() {
      closing.abort();
      await endAll();
      // What was being exchanged when closing began.
      await renewal?.catch(() => undefined);
      await endAll();
    },
  };
}
