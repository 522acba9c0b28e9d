/** Loads answers anew behind the back of those who still get the kept ones. */

import type { Clock } from '../exchange/ports.ts';
import type { QueryService } from '../exchange/services.ts';
import type { Kept } from './kept-answer.ts';
import { flightOf, joinableFlight } from './lanes.ts';
import { type Found, type Lane, type Load, type Wanted, wantedOf } from './next-level.ts';
import { createRefreshRate } from './refresh-rate.ts';
import type { SingleFlight } from './single-flight.ts';

export interface RefreshSettings {
  /** Share of an answer's time after which whoever asks is answered and it is loaded anew behind that, percent. */
  readonly refreshAfterPercent: number;
  /** Refreshes at once; what comes above them is left to the next who asks. */
  readonly refreshesMax: number;
  /** Refreshes of a service for no more than that nobody can confirm its answers. */
  readonly unconfirmedRefreshesPerSecond: number;
}

export type CacheEvent = 'refreshed' | 'refresh-failed' | 'refresh-put-off';

export interface CacheObserver {
  cacheEvent(event: CacheEvent): void;
}

export interface RefreshesSetup {
  readonly settings: RefreshSettings;
  readonly clock: Clock;
  /** Shared with those who wait for what they ask for. */
  readonly flights: SingleFlight<Found>;
  readonly fetch: (wanted: Wanted, signal: AbortSignal, load: Load) => Promise<Found>;
  readonly observer: CacheObserver | undefined;
}

export type Refresh = (service: QueryService, key: string, lane: Lane, kept: Kept, load: Load) => void;

const endless = new AbortController().signal;

export function createRefreshes({ settings, clock, flights, fetch, observer }: RefreshesSetup): Refresh {
  const mayRefreshUnconfirmed = createRefreshRate(settings.unconfirmedRefreshesPerSecond, clock);
  let underWay = 0;

  /** Nobody waits for it, and nobody who leaves ends it; a registry in trouble is noticed by whoever has to ask it. */
  return (service, key, lane, { subject, found: held }, load) => {
    if (joinableFlight(key, lane, flights.has) !== undefined) return;
    if (underWay >= settings.refreshesMax || (held.isUnconfirmed === true && !mayRefreshUnconfirmed(service.key))) {
      observer?.cacheEvent('refresh-put-off');
      return;
    }
    underWay += 1;
    flights
      .join(flightOf(key, lane), endless, (signal) =>
        fetch(wantedOf({ service, key, lane, subject, held, isRefresh: true, waitedMs: 0 }), signal, load),
      )
      .then(
        () => observer?.cacheEvent('refreshed'),
        () => observer?.cacheEvent('refresh-failed'),
      )
      .finally(() => {
        underWay -= 1;
      });
  };
}
