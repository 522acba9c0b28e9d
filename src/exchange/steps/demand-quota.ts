/** Refuses what is beyond the quota; apart from the charge, so that the reply can tell the quota's state either way. */

import { Problem } from '../../problems.ts';
import type { QuotaState } from '../types.ts';

export const demandQuota = ({ granted, policy, retryAfterSeconds }: QuotaState): void => {
  if (granted) return;
  throw new Problem(
    'quota-exceeded',
    `The agreement grants ${policy.requestsPerSecond} requests a second and ${policy.burst} at once.`,
    { retryAfterSeconds },
  );
};
