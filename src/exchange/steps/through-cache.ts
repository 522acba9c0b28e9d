/** Gives a kept answer or loads one, and lets out of it only what the grant discloses. */

import type { AnswerCache, Waits } from '../ports.ts';
import type { QueryService } from '../services.ts';
import type { Answer, Disclosure, FetchedAnswer, Message, QueryGrant, RegistryAnswer } from '../types.ts';

export interface ThroughCacheDependencies {
  readonly cache: AnswerCache;
  readonly waits: Waits;
}

export const throughCache =
  ({ cache, waits }: ThroughCacheDependencies) =>
  (
    grant: QueryGrant,
    service: QueryService,
    message: Message,
    load: (signal: AbortSignal) => Promise<RegistryAnswer>,
    waitedMs = 0,
  ): Answer | Promise<Answer> => {
    const fetched = cache.through(service, message.question, message.signal, load, waits, grant, waitedMs);
    if (!(fetched instanceof Promise)) return answerFrom(grant, message, fetched);
    return fetched.then((awaited) => answerFrom(grant, message, awaited));
  };

/** The field filter comes after the cache: one full answer serves every consumer, each sees its own fields. */
function answerFrom(grant: QueryGrant, message: Message, fetched: FetchedAnswer): Answer {
  const { content, bytes, recorded, fields } = disclose(grant, message, fetched);
  return {
    content,
    bytes,
    recorded,
    contentType: 'application/json; charset=utf-8',
    source: fetched.source,
    level: fetched.level,
    forwarded: fetched.forwarded,
    ageSeconds: Math.floor(fetched.ageMs / 1000),
    ttlSeconds: fetched.ttlMs > 0 ? Math.ceil((fetched.ttlMs - fetched.ageMs) / 1000) : undefined,
    fields,
    registryMs: fetched.registryMs,
  };
}

/** A filter is made once for each set of fields, so that the same filter prints the same; a caller's own choice makes a new one each time. */
function disclose(grant: QueryGrant, message: Message, { answer, lastDisclosed }: FetchedAnswer): Disclosure {
  if (lastDisclosed?.disclosure !== undefined && lastDisclosed.by === grant.disclose) return lastDisclosed.disclosure;
  const disclosure = grant.disclose(answer);
  if (lastDisclosed === undefined || message.requestedFields !== undefined) return disclosure;
  lastDisclosed.by = grant.disclose;
  lastDisclosed.disclosure = {
    ...disclosure,
    bytes: Buffer.from(disclosure.content).toString('latin1'),
    recorded: { evidence: undefined, subject: undefined },
  };
  return lastDisclosed.disclosure;
}
