/** Keeps answers in Redis, each only as long as nobody has forgotten its person, and lets one gateway at a time load one. */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisScripts } from '../redis/client.ts';
import type { Redis } from '../redis/link.ts';
import type { Patience } from '../redis/patience.ts';
import { bytesOf, demandToken, listOf, wholeNumber } from '../redis/replies.ts';
import { RedisAway } from '../redis/trouble.ts';
import { type CacheKey, generationBytes, isOfAnotherGeneration, type OpenedAnswer } from './cache-key.ts';
import { generationPlace, sownGeneration } from './generation.ts';
import type { Found, Wanted } from './next-level.ts';

export interface SharedAnswersSettings {
  /** A larger one is not shared. */
  readonly sharedAnswerBytesMax: number;
}

export interface Lookup {
  /** Undefined where the person has none: Redis knows nothing of them. */
  readonly generation: string | undefined;
  readonly stored: OpenedAnswer | undefined;
}

export interface Claim {
  readonly generation: string;
  /** True where this gateway goes first. */
  readonly isFirst: boolean;
  readonly token: string;
}

/** Every call throws RedisAway, once the patience is spent as well. */
export interface SharedAnswers {
  find(wanted: Wanted, patience: Patience): Promise<Lookup>;
  claim(wanted: Wanted, lockMs: number, patience: Patience): Promise<Claim>;
  /** False where the person was forgotten since the claim: then it is not kept. Done also where nobody waits for it. */
  keep(wanted: Wanted, claim: Claim, found: Found, patience: Patience): Promise<boolean>;
  /** Done also where nobody waits for it. */
  release(wanted: Wanted, claim: Claim, patience: Patience): Promise<void>;
}

const claimLoad = 'claimLoad';
const keepAnswer = 'keepAnswer';
export const forgetPerson = 'forgetPerson';
const readScript = (name: string) => readFileSync(new URL(`${name}.lua`, import.meta.url), 'utf8');

export const cacheScripts: RedisScripts = {
  [claimLoad]: { lua: readScript('claim-load'), keys: 2 },
  [keepAnswer]: { lua: readScript('keep-answer'), keys: 3 },
  [forgetPerson]: { lua: readScript('forget-person'), keys: 1 },
};

/** Nobody waits for a gateway that loads the same for those who come after. */
const locks: Readonly<Record<Wanted['lane'], string>> = { interactive: 'l', batch: 'lb', bulk: 'lk' };

export function createSharedAnswers(
  redis: Redis,
  key: CacheKey,
  settings: SharedAnswersSettings,
  onUnreadable: () => void,
): SharedAnswers {
  function placesOf({ subject, service, key: digest, lane }: Wanted) {
    const tag = subject ?? key.subjectName(service.key);
    const question = `${redis.keyPrefix}{${tag}}${key.questionName(digest)}`;
    return {
      generation: generationPlace(redis.keyPrefix, tag),
      lock: `${question}${locks[lane]}`,
      answer: `${question}a`,
    };
  }

  return {
    async find(wanted, patience) {
      demandPatience(patience);
      const places = placesOf(wanted);
      const [generation, sealed] = await redis.run(({ read }) => read(places.generation, places.answer), patience);
      if (generation?.length !== generationBytes) return { generation: undefined, stored: undefined };
      const lookup = { generation: generation.toString('base64url') };
      if (!sealed || isOfAnotherGeneration(sealed, generation)) return { ...lookup, stored: undefined };
      const stored = key.open(places.answer, generation, sealed);
      if (stored === undefined) onUnreadable();
      return { ...lookup, stored };
    },
    async claim(wanted, lockMs, patience) {
      demandPatience(patience);
      const places = placesOf(wanted);
      const token = randomBytes(12).toString('base64url');
      const values = [sownGeneration(), keptMs(wanted), token, lockMs];
      return redis.run(async ({ script }) => {
        const reply = await script(claimLoad, [places.generation, places.lock], values);
        const [generation, isFirst, echoed] = listOf(reply, 3);
        demandToken(echoed, token);
        return { generation: bytesOf(generation).toString('base64url'), isFirst: wholeNumber(isFirst, 1) === 1, token };
      }, patience);
    },
    async keep(wanted, claim, found, patience) {
      const places = placesOf(wanted);
      const generation = Buffer.from(claim.generation, 'base64url');
      const sealed = key.seal(places.answer, generation, found);
      const kept = sealed.length > settings.sharedAnswerBytesMax ? '' : sealed;
      return end(places, claim, kept, found.ttlMs + wanted.service.staleIfErrorMs, patience);
    },
    release: async (wanted, claim, patience) => void (await end(placesOf(wanted), claim, '', 0, patience)),
  };

  /** True where the generation still stands. */
  function end(
    places: ReturnType<typeof placesOf>,
    claim: Claim,
    sealed: Buffer | '',
    forMs: number,
    patience: Patience,
  ): Promise<boolean> {
    const keys = [places.generation, places.lock, places.answer] as const;
    const values = [Buffer.from(claim.generation, 'base64url'), claim.token, sealed, Math.max(1, forMs)];
    return redis.run(async ({ script }) => {
      const [stands, echoed] = listOf(await script(keepAnswer, keys, values), 2);
      demandToken(echoed, claim.token);
      return wholeNumber(stands, 1) === 1;
    }, patience);
  }
}

function demandPatience(patience: Patience): void {
  if (patience.isSpent()) throw new RedisAway('timeout');
}

/** A generation outlives every answer that it stands for. */
function keptMs({ service }: Wanted): number {
  return service.cacheTtlMs + service.staleIfErrorMs + service.timeoutMs;
}
