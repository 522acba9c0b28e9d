/** Counts the bulk requests that are under way, so that no consumer takes all of them. */

import { Problem } from '../../problems.ts';
import type { BulkSettings } from './bulk-settings.ts';

export interface BulkSlots {
  /** Gives what gives the slot back. Throws Problem('too-many-bulks'). */
  take(consumer: string): () => void;
}

const retryAfterSeconds = 5;

export function createBulkSlots({
  requestsMax,
  requestsPerConsumerMax,
}: Pick<BulkSettings, 'requestsMax' | 'requestsPerConsumerMax'>): BulkSlots {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(consumer) {
      const own = taken.get(consumer) ?? 0;
      if (own >= requestsPerConsumerMax) throw tooMany(`You have ${own} bulk requests under way.`);
      if (all >= requestsMax) throw tooMany(`The gateway takes ${requestsMax} bulk requests at once.`);
      all += 1;
      taken.set(consumer, own + 1);
      return () => {
        all -= 1;
        const left = (taken.get(consumer) ?? 1) - 1;
        if (left === 0) taken.delete(consumer);
        else taken.set(consumer, left);
      };
    },
  };
}

function tooMany(detail: string): Problem {
  return new Problem('too-many-bulks', detail, { retryAfterSeconds });
}
