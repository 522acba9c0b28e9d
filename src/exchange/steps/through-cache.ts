/** Gives a kept answer or loads one, and lets out of it only what the grant discloses. */

import type { AnswerCache } from '../ports.ts';
import type { Answer, FetchedAnswer, Message, QueryGrant, QueryService, RegistryAnswer } from '../types.ts';

export interface ThroughCacheDependencies {
  readonly cache: AnswerCache;
}

export const throughCache =
  ({ cache }: ThroughCacheDependencies) =>
  async (
    grant: QueryGrant,
    service: QueryService,
    message: Message,
    load: (signal: AbortSignal) => Promise<RegistryAnswer>,
  ): Promise<Answer> => {
    const fetched = await cache.through(service, message.question, message.signal, load);
    return answerFrom(grant, fetched);
  };

/** The field filter comes after the cache: one full answer serves every consumer, each sees its own fields. */
function answerFrom(grant: QueryGrant, fetched: FetchedAnswer): Answer {
  const { content, fields } = grant.disclose(fetched.answer);
  return {
    content,
    contentType: 'application/json; charset=utf-8',
    source: fetched.source,
    level: fetched.level,
    ageSeconds: Math.floor(fetched.ageMs / 1000),
    ttlSeconds: fetched.ttlMs > 0 ? Math.ceil((fetched.ttlMs - fetched.ageMs) / 1000) : undefined,
    fields,
    registryMs: fetched.registryMs,
  };
}
