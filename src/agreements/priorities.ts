/** Says by agreement whether an exchange may wait behind others, for whoever must decide before anything of it is proved. */

import type { Claim } from '../exchange/ports.ts';
import type { Service } from '../exchange/services.ts';
import type { Priority, XRoadId } from '../exchange/types.ts';
import type { Agreement, CallAgreement } from './agreement.ts';

/** What no agreement allows is refused later, and so has no right to come before others now. */
export function createPriorities(
  agreements: readonly Agreement[],
  versionsOf: (service: XRoadId) => readonly Service[],
): (consumer: XRoadId, claim: Claim) => Priority {
  const index = new Map<string, CallAgreement[]>();
  for (const agreement of agreements) {
    if (agreement.event !== undefined) continue;
    for (const { key } of versionsOf(agreement.service)) {
      const pair = `${agreement.consumer} ${key}`;
      index.set(pair, [...(index.get(pair) ?? []), agreement]);
    }
  }
  return (consumer, { service, purpose }) => {
    const all = index.get(`${consumer} ${service}`) ?? [];
    // Without a purpose any of them could be meant, and the lowest counts: a header left out raises nobody.
    const meant = purpose === undefined ? all : all.filter(({ purposes }) => purposes.includes(purpose));
    return meant.length > 0 && meant.every(({ priority }) => priority !== 'batch') ? 'interactive' : 'batch';
  };
}
