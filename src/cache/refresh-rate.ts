/** Spreads loads that nobody waits for, so that a registry is not asked about everybody at once. */

import type { Clock } from '../exchange/ports.ts';

/** Asked before such a load: false where it is too soon after the last one of the service. */
export function createRefreshRate(perSecond: number, clock: Clock): (serviceKey: string) => boolean {
  const lastMs = new Map<string, number>();
  return (serviceKey) => {
    const nowMs = clock.nowMs();
    const sinceMs = nowMs - (lastMs.get(serviceKey) ?? Number.NEGATIVE_INFINITY);
    // Less than none: the clock was set back.
    if (sinceMs >= 0 && sinceMs < 1000 / perSecond) return false;
    lastMs.set(serviceKey, nowMs);
    return true;
  };
}
