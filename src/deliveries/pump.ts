/** Drains one registry's queue: as many at a time as the registry bears, none while its circuit is open, one to try whether it is well again. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Calls } from './calls.ts';
import type { Carrier } from './carrier.ts';
import type { Claimed, Claims } from './claims.ts';
import type { Moves } from './moves.ts';
import type { DeliverySettings } from './settings.ts';

export interface PumpSetup {
  readonly registry: string;
  readonly claims: Claims;
  readonly calls: Calls;
  readonly carrier: Carrier;
  readonly moves: Pick<Moves, 'giveBack'>;
  readonly settings: Pick<DeliverySettings, 'pollMs' | 'fetchMax' | 'retryMs'>;
  /** Told of what should not have happened; the message is put back. */
  readonly onFailure: (error: unknown, exchangeId: string) => void;
  /** Told of each failure that is tried again. */
  readonly trouble: (error: unknown) => void;
}

export interface Pump {
  /** There is something new in the queue. */
  wake(): void;
  /** What it has in hand. */
  held(): Iterable<string>;
  /** Takes nothing more, gives what is under way that much time, and the rest back to the queue. */
  close(graceMs: number): Promise<void>;
}

export function startPump(setup: PumpSetup): Pump {
  const { registry, claims, calls, carrier, settings } = setup;
  const concurrency = calls.concurrencyOf(registry);
  const closing = new AbortController();
  const cutOff = new AbortController();
  const running = new Map<Promise<void>, Claimed>();
  const taken: Claimed[] = [];
  let woken = new AbortController();
  let refilling: Promise<boolean> | undefined;
  /** The queue had more than was taken. */
  let isMore = false;
  const draining = drain();

  async function drain(): Promise<void> {
    while (!closing.signal.aborted) {
      const circuit = calls.circuitOf(registry);
      // Half-open, one alone may try; what is under way ends first.
      const room = circuit === 'open' ? 0 : circuit === 'half-open' ? 1 : concurrency;
      if (running.size >= room) await (running.size > 0 ? Promise.race([...running.keys(), rest()]) : rest());
      else if (taken.length === 0 && !(await refill())) await rest();
      else {
        begin();
        // The next ones are there before the last of these is begun.
        if (isMore && taken.length <= concurrency) void refill();
      }
    }
  }

  /** True where there is something to do. */
  function refill(): Promise<boolean> {
    refilling ??= take().finally(() => {
      refilling = undefined;
    });
    return refilling;
  }

  async function take(): Promise<boolean> {
    isMore = false;
    // Whatever comes from now on wakes; what came before is in the queue.
    woken = new AbortController();
    try {
      const claimed = await claims.take(registry, settings.fetchMax, closing.signal);
      taken.push(...claimed);
      isMore = claimed.length === settings.fetchMax;
      return taken.length > 0;
    } catch (error) {
      setup.trouble(error);
      await pause(settings.retryMs);
      return false;
    }
  }

  function begin(): void {
    const claimed = taken.shift();
    if (claimed === undefined) return;
    const carrying = carrier.carry(claimed, cutOff.signal).catch(async (error: unknown) => {
      if (!cutOff.signal.aborted) {
        setup.onFailure(error, claimed.id);
        await pause(settings.retryMs);
      }
      await setup.moves.giveBack(registry, [claimed]).catch(() => undefined);
    });
    const done = carrying.finally(() => {
      running.delete(done);
      // What was held behind it is next.
      woken.abort();
    });
    running.set(done, claimed);
  }

  async function rest(): Promise<void> {
    await pause(settings.pollMs);
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: AbortSignal.any([closing.signal, woken.signal]) }).catch(() => undefined);
    if (woken.signal.aborted) woken = new AbortController();
  }

  return {
    wake: () => woken.abort(),
    held: () => [...taken, ...running.values()].map(({ id }) => id),
    async close(graceMs) {
      closing.abort();
      await draining;
      await refilling;
      await setup.moves.giveBack(registry, [...taken]).catch(() => undefined);
      taken.length = 0;
      const late = setTimeout(() => cutOff.abort(new Error('the gateway closes')), graceMs);
      await Promise.allSettled(running.keys());
      clearTimeout(late);
    },
  };
}
