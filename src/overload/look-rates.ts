/** How often one person or auditor may look: each look is an entry, and a token alone must not fill the log. */

import type { Clock, LookRates, LooksUsedUp } from '../exchange/ports.ts';
import { createBuckets } from './buckets.ts';

export interface LookRateSettings {
  /** Looks of one token subject in a role, refused ones too, a second. */
  readonly looksPerSecond: number;
  /** The same, at once. */
  readonly looksBurst: number;
  /** Subjects of which that is remembered; one that is pushed out may begin anew. */
  readonly lookersMax: number;
}

export interface LookRateSetup {
  readonly citizens: LookRateSettings;
  /** Of every other role. */
  readonly auditors: LookRateSettings;
  readonly clock: Clock;
}

export function createLookRates({ citizens, auditors, clock }: LookRateSetup): LookRates {
  const ofCitizens = rateOf(citizens, clock);
  const ofAuditors = rateOf(auditors, clock);
  return {
    take: (role, by) => (role === 'citizen' ? ofCitizens(by) : ofAuditors(`${role} ${by}`)),
  };
}

function rateOf(
  { looksPerSecond: perSecond, looksBurst: burst, lookersMax: namesMax }: LookRateSettings,
  clock: Clock,
): (name: string) => LooksUsedUp | undefined {
  const buckets = createBuckets({ perSecond, burst, namesMax }, clock);
  return (name) => {
    const waitMs = buckets.take(name);
    return waitMs === 0 ? undefined : { waitMs, perSecond, burst };
  };
}
