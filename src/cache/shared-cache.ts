/** Puts memory in front of what gateways share in Redis, and keeps both free of what was forgotten anywhere. */

import type { AnswerCache, Clock } from '../exchange/ports.ts';
import type { RedisLink } from '../redis/link.ts';
import { createCacheKey } from './cache-key.ts';
import { createHearing } from './hearing.ts';
import { createInvalidation, type InvalidationSettings, type OwedMark } from './invalidation.ts';
import { createJudgement, type JudgementSettings } from './judgement.ts';
import { createMemoryCache, type MemoryCacheSettings } from './memory-cache.ts';
import { createRegistryLevel, type FreshnessSettings } from './next-level.ts';
import { createRedisLevel, type RedisLevelSettings, type SharedEvent } from './redis-level.ts';
import type { CacheEvent, RefreshSettings } from './refreshes.ts';
import { createSharedAnswers, type SharedAnswersSettings } from './shared-answers.ts';

export type SharedCacheSettings = MemoryCacheSettings &
  RefreshSettings &
  FreshnessSettings &
  RedisLevelSettings &
  JudgementSettings &
  SharedAnswersSettings &
  InvalidationSettings;

export interface SharedCacheObserver {
  cacheEvent(event: CacheEvent | SharedEvent | 'unreadable' | 'forgotten-elsewhere'): void;
}

export interface SharedCacheSetup {
  readonly redis: RedisLink;
  /** 32 bytes, the same for all gateways that share the Redis. */
  readonly secret: Uint8Array;
  /** Of this process. */
  readonly id: string;
  readonly settings: SharedCacheSettings;
  readonly owedMark: OwedMark;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: SharedCacheObserver;
}

export interface SharedCache extends AnswerCache {
  /** As `forget`, in this process alone: who tells it has told Redis, too. */
  forgetHere(personalNumbers: readonly string[]): void;
}

/** Has to be made before the link is started. */
export function createSharedCache(setup: SharedCacheSetup): SharedCache {
  const { redis, secret, id, settings, owedMark, clock, random, observer } = setup;
  const key = createCacheKey(secret);
  const hearing = createHearing(redis, settings.unconfirmedMsMax, clock);
  const next = createRedisLevel({
    isUp: redis.isUp,
    patienceMs: redis.timeoutMs,
    key,
    answers: createSharedAnswers(redis, key, settings, () => observer.cacheEvent('unreadable')),
    hearing,
    registry: createRegistryLevel({ clock, settings, random, confirmMs: settings.invalidationLagMsMax }),
    judge: createJudgement({ hearing, settings, clock, random }),
    settings,
    clock,
    onEvent: observer.cacheEvent,
  });
  const memory = createMemoryCache(settings, clock, { next, refresh: settings, observer });
  redis.onUp(memory.distrust);
  const invalidation = createInvalidation({
    redis,
    id,
    settings,
    owedMark,
    clock,
    onForgotten(subjects) {
      memory.drop(subjects);
      observer.cacheEvent('forgotten-elsewhere');
    },
  });
  return {
    through: memory.through,
    forgetHere: (personalNumbers) => memory.drop(personalNumbers.map(key.subjectName)),
    async forget(subjects) {
      const names = [...new Set(subjects)].map(key.subjectName);
      memory.drop(names);
      await invalidation.announce(names);
    },
  };
}
