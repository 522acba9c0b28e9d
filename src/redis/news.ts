/** Tells what became of Redis once, and not again while it stays so. */

import type { RedisTrouble } from './trouble.ts';

export interface RedisObserver {
  up(): void;
  /** Told once an outage. */
  down(trouble: RedisTrouble): void;
  /** It is up, but nothing can be written; undefined: it can again. */
  hindered(trouble: RedisTrouble | undefined): void;
  /** A command failed, or the connection was given up. */
  failed(trouble: RedisTrouble): void;
}

export interface RedisNews {
  up(hindrance: RedisTrouble | undefined): void;
  down(trouble: RedisTrouble): void;
  /** While it is up. */
  hindered(hindrance: RedisTrouble | undefined): void;
  /** Undefined while it works; while it is up, why nothing can be written. */
  trouble(): RedisTrouble | undefined;
}

export function createNews(observer: RedisObserver): RedisNews {
  let trouble: RedisTrouble | undefined = 'connecting';
  let hindrance: RedisTrouble | undefined;

  function hindered(news: RedisTrouble | undefined): void {
    if (news === hindrance || trouble !== undefined) return;
    hindrance = news;
    observer.hindered(news);
  }

  return {
    up(found) {
      trouble = undefined;
      hindrance = undefined;
      observer.up();
      hindered(found);
    },
    down(news) {
      const isNew = trouble === undefined || trouble === 'connecting';
      trouble = news;
      if (isNew) observer.down(news);
    },
    hindered,
    trouble: () => trouble ?? hindrance,
  };
}
