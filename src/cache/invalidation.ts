/** Tells all gateways whom to forget, and owes it to them as long as Redis is away. */

import type { Clock } from '../exchange/ports.ts';
import type { RedisCommands } from '../redis/client.ts';
import type { RedisLink } from '../redis/link.ts';
import { generationPlace } from './shared-answers.ts';

export interface InvalidationSettings {
  /** People whose forgetting is owed or was told lately; where more would be, everything in Redis is forgotten. */
  readonly forgottenMax: number;
  /** As far back it is told again after Redis was away: a new master may not have heard of it. */
  readonly forgottenAgainMs: number;
}

/** Outlives the process, so that what it owed is not lost with it. */
export interface OwedMark {
  readonly isSet: boolean;
  set(): Promise<void>;
  clear(): Promise<void>;
}

export interface InvalidationSetup {
  readonly redis: RedisLink;
  /** Names this process, so that it does not hear itself. */
  readonly id: string;
  readonly settings: InvalidationSettings;
  readonly owedMark: OwedMark;
  readonly clock: Clock;
  /** Somebody else forgot these people; everybody where undefined. */
  readonly onForgotten: (subjects?: readonly string[]) => void;
}

export interface Invalidation {
  /** Never rejects; resolves when it is told, or when it is noted that it is owed. */
  announce(subjects: readonly string[]): Promise<void>;
}

const everybody = '*';
const atOnceMax = 500;
const afterUpMs = 200;

/** Has to be made before the link is started. */
export function createInvalidation(setup: InvalidationSetup): Invalidation {
  const { redis, id, settings, owedMark, clock, onForgotten } = setup;
  const channel = `${redis.keyPrefix}forgotten`;
  const owed = new Set<string>();
  /** With the time at which it was told, the oldest first. */
  const told = new Map<string, number>();
  let owesEverybody = owedMark.isSet;

  redis.listen(channel, (message) => {
    const [sender, ...subjects] = message.split(' ');
    if (sender === id) return;
    if (subjects[0] === everybody) onForgotten();
    else onForgotten(subjects);
  });
  redis.beforeUp(async (commands) => {
    if (owesEverybody) await forgetEverybody(commands);
    for (const subject of told.keys()) owed.add(subject);
    while (owed.size > 0) await tell(commands, [...owed].slice(0, atOnceMax));
    await owedMark.clear();
    // What was owed between this moment and the one in which it counts as up.
    setTimeout(() => void tellOwed(), afterUpMs).unref();
  });

  /** Without its generation no answer counts, wherever it is; only then others are told to look. */
  async function tell(commands: RedisCommands, subjects: readonly string[]): Promise<void> {
    await Promise.all(subjects.map((subject) => commands.remove(generationPlace(redis.keyPrefix, subject))));
    await commands.publish(channel, [id, ...subjects].join(' '));
    for (const subject of subjects) {
      owed.delete(subject);
      told.delete(subject);
      told.set(subject, clock.nowMs());
    }
  }

  async function forgetEverybody(commands: RedisCommands): Promise<void> {
    for await (const places of commands.scan(generationPlace(redis.keyPrefix, everybody))) {
      await Promise.all(places.map((place) => commands.remove(place)));
    }
    await commands.publish(channel, `${id} ${everybody}`);
    owesEverybody = false;
    onForgotten();
  }

  async function tellOwed(): Promise<void> {
    while (owed.size > 0 && redis.isUp()) {
      const subjects = [...owed].slice(0, atOnceMax);
      // What fails stays owed, and the link tells it when it is back.
      const isTold = await redis
        .run((commands) => tell(commands, subjects))
        .then(
          () => true,
          () => false,
        );
      if (!isTold) return;
    }
  }

  function forgetOld(): void {
    for (const [subject, atMs] of told) {
      if (clock.nowMs() - atMs < settings.forgottenAgainMs && owed.size + told.size <= settings.forgottenMax) break;
      told.delete(subject);
    }
    if (owed.size <= settings.forgottenMax) return;
    owesEverybody = true;
    owed.clear();
  }

  return {
    async announce(subjects) {
      for (const subject of subjects) owed.add(subject);
      await tellOwed();
      forgetOld();
      if (owed.size > 0 || owesEverybody) await owedMark.set();
    },
  };
}
