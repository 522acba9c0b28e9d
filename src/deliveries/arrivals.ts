/** What is accepted here until it lies in its registry's queue: kept, recorded and put there, or settled where a gateway ended on the way. */

import type { Deliveries } from '../exchange/ports.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { type AcceptanceSetup, createAccepting } from './acceptance.ts';
import { createLeftBehind, type LeftBehind, type LeftBehindSetup } from './left-behind.ts';
import { createOutbox, type OutboxSetup } from './outbox.ts';
import type { DeliverySettings } from './settings.ts';

export interface ArrivalsSetup
  extends Omit<AcceptanceSetup, 'settleLeft'>,
    Omit<LeftBehindSetup, 'outbox' | 'accepting'>,
    Omit<OutboxSetup, 'settled'> {
  readonly database: StateDatabase;
  readonly settings: DeliverySettings;
}

export interface Arrivals extends Deliveries {
  readonly leftBehind: LeftBehind;
  /** Resolves when the acceptance that is on its way into the database here, if it is, has arrived. */
  arrived(exchangeId: string): Promise<void>;
  /** Ends what is on its way within the time; what is left then is settled after the next start. */
  close(graceMs: number): Promise<void>;
}

export function createArrivals(setup: ArrivalsSetup): Arrivals {
  // Each of the three turns to the others when something happens to a push.
  const outbox = createOutbox({ ...setup, settled: (exchangeId) => accepting.end(exchangeId) });
  const accepting = createAccepting({ ...setup, settleLeft: (exchangeId) => leftBehind.settleOne(exchangeId) });
  const leftBehind = createLeftBehind({ ...setup, outbox, accepting });
  return {
    leftBehind,
    accept: accepting.accept,
    arrived: accepting.ended,
    recorded(exchangeId, position) {
      accepting.placed(exchangeId, position);
      outbox.recorded(exchangeId, position.index);
    },
    forsake: outbox.refused,
    unsettled: accepting.end,
    async close(graceMs) {
      await accepting.idle();
      await outbox.close(graceMs);
    },
  };
}
