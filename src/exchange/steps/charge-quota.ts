/** Takes the exchange off the agreement's quota before anything costly begins. */

import type { Quota } from '../ports.ts';
import type { Grant, QuotaState } from '../types.ts';

export interface ChargeQuotaDependencies {
  readonly quota: Quota;
}

export const chargeQuota =
  ({ quota }: ChargeQuotaDependencies) =>
  (grant: Grant): QuotaState | Promise<QuotaState> =>
    quota.charge(grant);
