/** Delivers what lies in the queues of all registries: a pump for each, and what they share. */

import { type CallsSetup, createCalls } from './calls.ts';
import { type CarrierSetup, createCarrier } from './carrier.ts';
import { type ClaimsSetup, createClaims } from './claims.ts';
import { createMoves, type MovesSetup } from './moves.ts';
import { registriesOf } from './offered-pushes.ts';
import { type Pump, type PumpSetup, startPump } from './pump.ts';

export interface PumpsSetup
  extends CallsSetup,
    Omit<CarrierSetup, 'announcing' | 'calls' | 'moves'>,
    Omit<MovesSetup, 'settings' | 'queues' | 'announcing' | 'woken'>,
    Pick<PumpSetup, 'onFailure'> {
  readonly announcing: CarrierSetup['announcing'] & MovesSetup['announcing'];
  readonly database: ClaimsSetup['database'];
  readonly queues: ClaimsSetup['queues'] & MovesSetup['queues'];
  readonly settings: CallsSetup['settings'] & MovesSetup['settings'] & PumpSetup['settings'];
}

export interface Pumps {
  /** Delivers from now on; until then nothing is there to wake, to be held, or to close. */
  start(setup: PumpsSetup): void;
  /** There is something new in the queues of these registries. */
  wake(registries: readonly string[]): void;
  /** There may be something new in any queue. */
  wakeAll(): void;
  /** Ids of pushes in hand. */
  held(): readonly string[];
  /** See Pump. */
  close(graceMs: number): Promise<void>;
}

export function createPumps(): Pumps {
  const pumps = new Map<string, Pump>();

  function wake(registries: readonly string[]): void {
    for (const registry of registries) pumps.get(registry)?.wake();
  }

  return {
    start(setup) {
      const moves = createMoves({ ...setup, woken: wake });
      const calls = createCalls(setup);
      const carrier = createCarrier({ ...setup, calls, moves });
      const claims = createClaims(setup);
      for (const registry of registriesOf(setup.catalogue)) {
        pumps.set(registry, startPump({ ...setup, registry, claims, calls, carrier, moves }));
      }
    },
    wake,
    wakeAll() {
      for (const pump of pumps.values()) pump.wake();
    },
    held: () => [...pumps.values()].flatMap((pump) => [...pump.held()]),
    async close(graceMs) {
      await Promise.all([...pumps.values()].map((pump) => pump.close(graceMs)));
    },
  };
}
