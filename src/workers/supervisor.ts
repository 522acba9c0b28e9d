/** Keeps a number of workers serving: starts them, replaces those that end, and renews them one after the other. */

import { inTurn } from './in-turn.ts';
import { createPlace, type Place, type PlaceSetup } from './place.ts';

export interface SupervisorSetup extends Omit<PlaceSetup, 'closing'> {
  readonly count: number;
  /**
   * Before each renewal: what is started from now on has what there is now. Where it rejects, nothing is renewed. What it
   * resolves with is called when the renewal is over, before anything else is started.
   */
  readonly reread: () => Promise<() => void>;
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

export function createSupervisor(setup: SupervisorSetup): Supervisor {
  const closing = new AbortController();
  const places = Array.from({ length: setup.count }, (_one, at) =>
    createPlace(at + 1, { ...setup, closing: closing.signal }),
  );
  const startNoMore = () => closing.abort(new Error('the gateway is closing'));
  let renewal: Promise<void> | undefined;
  const renew = inTurn(() => {
    renewal = reread();
    return renewal;
  });

  async function reread(): Promise<void> {
    closing.signal.throwIfAborted();
    const over = await setup.reread();
    try {
      await renewAll();
    } finally {
      over();
    }
  }

  async function renewAll(): Promise<void> {
    const before = places.map(({ starts }) => starts());
    // Whoever was started since has what there is now.
    const isOld = ({ number, starts }: Place) => starts() === before[number - 1];
    // First those that serve: one that cannot be started must not keep the others from what there is now.
    for (const place of places) if (place.serves() && isOld(place)) await place.renew();
    for (const place of places) {
      while (!place.serves()) {
        closing.signal.throwIfAborted();
        await place.upcoming().catch((error: Error) => {
          if (!isOld(place)) throw new Error(`worker ${place.number} does not serve: ${error.message}`);
        });
      }
      if (isOld(place)) await place.renew();
    }
  }

  async function endAll(): Promise<void> {
    await Promise.all(places.map((place) => place.end(false)));
  }

  return {
    serving: () => places.filter(({ serves }) => serves()).map(({ number }) => number),
    starts: (number) => places[number - 1]?.starts() ?? 0,
    async begin() {
      await Promise.all(places.map((place) => place.begin()));
    },
    renew,
    replace(number) {
      const place = places[number - 1];
      if (place?.serves()) void place.end(true);
    },
    async close() {
      startNoMore();
      await endAll();
      // What was being exchanged when closing began.
      await renewal?.catch(() => undefined);
      await endAll();
    },
  };
}
