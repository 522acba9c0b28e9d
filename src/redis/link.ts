/** Keeps a connection to Redis while it works, and keeps everybody from waiting for it while it does not. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisCommands, RedisScripts } from './client.ts';
import { createNews, type RedisObserver } from './news.ts';
import { type Patience, within } from './patience.ts';
import { createSession, type Session } from './session.ts';
import type { RedisSecrets, RedisSettings } from './settings.ts';
import { isOfOneCommand, RedisAway, type RedisTrouble, troubleOf } from './trouble.ts';

/** What those who keep something in Redis are given of it. */
export interface Redis {
  readonly keyPrefix: string;
  /** What a command may take, and an exchange may wait for all of its commands together. */
  readonly timeoutMs: number;
  /** False: go on without it. Costs nothing. */
  isUp(): boolean;
  /**
   * Throws RedisAway: at once while it is away, and after `timeoutMs` at the latest. The first command that it does not
   * answer in time, or with something that is no answer, ends the connection for all, so that nobody else waits for it or
   * is given what is another's. With patience, no longer than it lasts.
   */
  run<T>(work: (commands: RedisCommands) => Promise<T>, patience?: Patience): Promise<T>;
}

export interface RedisLink extends Redis {
  /** Hears what is published on the channel while it is up. Before `start`. */
  listen(channel: string, listener: (message: string) => void): void;
  /** Done each time before it counts as up; where that rejects it does not. Before `start`. */
  beforeUp(work: (commands: RedisCommands) => Promise<void>): void;
  /** Told each time, before anybody is served by it: what was published since it was lost was not heard. Before `start`. */
  onUp(listener: () => void): void;
  /** Returns at once; connects, and again for as long as it is not closed. */
  start(): void;
  /** Undefined while it works; while it is up, why nothing can be written. */
  trouble(): RedisTrouble | undefined;
  close(): Promise<void>;
}

export interface RedisLinkSetup {
  readonly settings: RedisSettings;
  readonly secrets: RedisSecrets;
  readonly scripts: RedisScripts;
  readonly observer: RedisObserver;
  /** Of this process. */
  readonly id: string;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export function createRedisLink(setup: RedisLinkSetup): RedisLink {
  const { settings, observer, random } = setup;
  const listeners = new Map<string, (message: string) => void>();
  const hooks: ((commands: RedisCommands) => Promise<void>)[] = [];
  const upListeners: (() => void)[] = [];
  const closing = new AbortController();
  const news = createNews(observer);
  let session: Session | undefined;
  let running: Promise<void> | undefined;

  async function live(): Promise<RedisTrouble> {
    const current = createSession({ ...setup, listeners, hooks });
    const close = () => current.end('closed');
    closing.signal.addEventListener('abort', close, { once: true });
    const ended = new Promise<RedisTrouble>((resolve) => {
      current.ended.addEventListener('abort', () => {
        const kind = troubleOf(current.ended.reason);
        if (session === current && kind !== 'closed') observer.failed(kind);
        session = undefined;
        resolve(kind);
      });
    });
    try {
      const late = ended.then((kind) => Promise.reject(new RedisAway(kind)));
      const found = await Promise.race([current.prepare(), late]);
      if (!current.ended.aborted) {
        session = current;
        for (const listener of upListeners) listener();
        news.up(found);
        void keepBeating(current);
      }
      return await ended;
    } finally {
      closing.signal.removeEventListener('abort', close);
      current.end('closed');
    }
  }

  async function keepBeating(current: Session): Promise<void> {
    while (!current.ended.aborted) {
      await sleep(settings.heartbeatMs, undefined, { signal: current.ended }).catch(() => undefined);
      if (current.ended.aborted) return;
      try {
        news.hindered(await current.beat());
      } catch (error) {
        current.end(troubleOf(error));
      }
    }
  }

  async function stayConnected(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures += 1) {
      const startedMs = performance.now();
      const trouble = await live().catch(troubleOf);
      if (!closing.signal.aborted) news.down(trouble);
      // A connection that held for a while has earned a quick return.
      if (performance.now() - startedMs > settings.retryMsMax) failures = 0;
      const pauseMs = Math.min(settings.retryMs * 2 ** Math.min(failures, 30), settings.retryMsMax);
      await sleep(pauseMs * (1 - random() / 2), undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  async function runOn<T>(current: Session, work: (commands: RedisCommands) => Promise<T>): Promise<T> {
    try {
      return await within(settings.timeoutMs, work(current.commands));
    } catch (error) {
      // What was under way when it ended was told no more than that.
      const kind = troubleOf(current.ended.reason ?? error);
      if (!isOfOneCommand(error)) current.end(kind);
      else if (session === current) observer.failed(kind);
      if (kind === 'full') news.hindered(kind);
      throw new RedisAway(kind, { cause: error });
    }
  }

  return {
    keyPrefix: settings.keyPrefix,
    isUp: () => session !== undefined,
    timeoutMs: settings.timeoutMs,
    async run(work, patience) {
      const current = session;
      if (current === undefined) throw new RedisAway(news.trouble() ?? 'unreachable');
      const running = runOn(current, work);
      return patience === undefined ? running : patience.waitFor(running, settings.timeoutMs);
    },
    listen: (channel, listener) => void listeners.set(channel, listener),
    beforeUp: (work) => void hooks.push(work),
    onUp: (listener) => void upListeners.push(listener),
    start() {
      running ??= stayConnected();
    },
    trouble: () => (closing.signal.aborted ? 'closed' : news.trouble()),
    async close() {
      closing.abort();
      await running;
    },
  };
}
