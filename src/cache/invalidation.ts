/** Tells all gateways whom to forget, and owes it to them as long as Redis is away. */

import type { Clock } from '../exchange/ports.ts';
import type { RedisCommands } from '../redis/client.ts';
import type { RedisLink } from '../redis/link.ts';
import { forgottenGeneration, generationPlace } from './generation.ts';
import { forgetPerson } from './shared-answers.ts';

export interface InvalidationSettings {
  /** People whose forgetting is owed or was told lately; where more would be, everything in Redis is forgotten. */
  readonly forgottenMax: number;
  /** As far back it is told again after Redis was away: a new master, or an empty one, may not have heard of it. */
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
  /** Says when everybody was forgotten last, to those who did not hear it. */
  const everybodyPlace = `${redis.keyPrefix}everybody`;
  let everybodyKnown: string | undefined;
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
    await hearOfEverybody(commands);
    if (owesEverybody) await forgetEverybody(commands);
    for (const subject of told.keys()) owed.add(subject);
    while (owed.size > 0) await tell(commands, [...owed].slice(0, atOnceMax));
    await owedMark.clear();
    // What was owed between this moment and the one in which it counts as up.
    setTimeout(() => void tellOwed(), afterUpMs).unref();
  });

  /** No answer counts under another generation than its own, wherever it is; only then others are told to look. */
  async function tell(commands: RedisCommands, subjects: readonly string[]): Promise<void> {
    await Promise.all(subjects.map((subject) => replace(commands, generationPlace(redis.keyPrefix, subject))));
    await commands.publish(channel, [id, ...subjects].join(' '));
    for (const subject of subjects) {
      owed.delete(subject);
      told.delete(subject);
      told.set(subject, clock.nowMs());
    }
  }

  /** What stood for somebody of whom Redis knows nothing yet could be in a memory still: so long the new one has to stand. */
  function replace({ script }: RedisCommands, place: string): Promise<unknown> {
    return script(forgetPerson, [place], [forgottenGeneration(), Math.max(1, settings.forgottenAgainMs)]);
  }

  async function hearOfEverybody(commands: RedisCommands): Promise<void> {
    const [generation] = await commands.read(everybodyPlace);
    const found = generation?.toString('base64url');
    if (found !== undefined && found !== everybodyKnown) onForgotten();
    everybodyKnown = found;
  }

  /** Told before as well, so that nobody puts back meanwhile what is in a memory. */
  async function forgetEverybody(commands: RedisCommands): Promise<void> {
    await replace(commands, everybodyPlace);
    await commands.publish(channel, `${id} ${everybody}`);
    for await (const places of commands.scan(generationPlace(redis.keyPrefix, everybody))) {
      await Promise.all(places.map((place) => replace(commands, place)));
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
      // What was told shortly before Redis was lost is to be told again, however long that lasts.
      if (!redis.isUp() && owed.size + told.size <= settings.forgottenMax) break;
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
