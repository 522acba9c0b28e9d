/** Takes what was refused before its quota was asked off it all the same: a flood of wrong messages is bounded as one of right ones is. */

import { Problem } from '../../problems.ts';
import type { Agreements, Clock, Quota } from '../ports.ts';
import type { Incoming, Trail } from '../types.ts';
import { demandQuota } from './demand-quota.ts';

export interface ChargeRefusalDependencies {
  readonly agreements: Agreements;
  readonly quota: Quota;
  readonly clock: Clock;
}

/**
 * What the caller is told: the problem itself, or `quota-exceeded`. Nothing is charged to who is not known, nor where no
 * agreement lets them call the service, nor for failures of the gateway's own.
 */
export const chargeRefusal =
  ({ agreements, quota, clock }: ChargeRefusalDependencies) =>
  async (incoming: Incoming, trail: Trail, problem: Problem): Promise<Problem> => {
    const { client, service } = trail;
    if (client === undefined || service === undefined || service.kind === 'meta') return problem;
    if (trail.quota !== undefined || problem.kind.status >= 500) return problem;
    const grant = agreements.chargedFor(client, service, incoming.purpose, clock.nowMs());
    if (grant === undefined) return problem;
    trail.quota = await quota.charge(grant);
    try {
      demandQuota(trail.quota);
      return problem;
    } catch (error) {
      return error instanceof Problem ? error : problem;
    }
  };
