/** Bounds how many events one subscriber is told in a time, over all gateways that share quotas: each is an entry in the log, told again it is another one. */

import type { Quota } from '../exchange/ports.ts';
import type { QuotaState, XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import type { EventSettings } from './settings.ts';

export interface Allowance {
  /** One event may be told, if there is one. Throws Problem('quota-exceeded'). */
  demandOne(consumer: XRoadId): Promise<void>;
  /** So many more as may be told now, `wanted` at most. */
  takeMore(consumer: XRoadId, wanted: number): Promise<number>;
}

export function createAllowance(
  quota: Quota,
  { toldPerSecond, toldBurst }: Pick<EventSettings, 'toldPerSecond' | 'toldBurst'>,
): Allowance {
  const policy = { requestsPerSecond: toldPerSecond, burst: toldBurst };

  /** No agreement has a space in its id: the bucket is the subscriber's own, whatever its agreements. */
  const take = async (consumer: XRoadId): Promise<QuotaState> =>
    quota.charge({ agreementId: `events ${consumer}`, quota: policy });

  return {
    async demandOne(consumer) {
      const { granted, retryAfterSeconds } = await take(consumer);
      if (granted) return;
      const detail = `A subscriber is told ${toldPerSecond} events a second, ${toldBurst} at once; a request counts as one at least.`;
      throw new Problem('quota-exceeded', detail, { retryAfterSeconds });
    },
    async takeMore(consumer, wanted) {
      let taken = 0;
      while (taken < wanted && (await take(consumer)).granted) taken += 1;
      return taken;
    },
  };
}
