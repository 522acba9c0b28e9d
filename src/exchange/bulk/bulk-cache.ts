/** Lets the lines of bulk requests ask the cache after everybody else: nobody who waits for an answer waits for their line. */

import type { AnswerCache } from '../ports.ts';

export function createBulkCache(cache: AnswerCache): AnswerCache {
  return {
    ...cache,
    through: (service, question, signal, load, waits, asker, waitedMs) =>
      cache.through(
        service,
        question,
        signal,
        load,
        waits,
        { consumer: asker?.consumer ?? '', priority: 'bulk' },
        waitedMs,
      ),
  };
}
