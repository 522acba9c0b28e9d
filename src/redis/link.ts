/** Keeps a connection to Redis while it works, and keeps everybody from waiting for it while it does not. */

import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type RedisClient, type RedisCommands, type RedisScripts } from './client.ts';
import { type Patience, within } from './patience.ts';
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
   * answer in time ends the connection for all, so that nobody else waits for it. With patience, no longer than it lasts.
   */
  run<T>(work: (commands: RedisCommands) => Promise<T>, patience?: Patience): Promise<T>;
}

export interface RedisLink extends Redis {
  /** Hears what is published on the channel while it is up. Before `start`. */
  listen(channel: string, listener: (message: string) => void): void;
  /** Done each time before it counts as up; where that rejects it does not. Before `start`. */
  beforeUp(work: (commands: RedisCommands) => Promise<void>): void;
  /** Returns at once; connects, and again for as long as it is not closed. */
  start(): void;
  /** Undefined while it works. */
  trouble(): RedisTrouble | undefined;
  close(): Promise<void>;
}

export interface RedisObserver {
  up(): void;
  /** Told once an outage. */
  down(trouble: RedisTrouble): void;
  /** A command failed, the one that begins an outage included. */
  failed(trouble: RedisTrouble): void;
}

export interface RedisLinkSetup {
  readonly settings: RedisSettings;
  readonly secrets: RedisSecrets;
  readonly scripts: RedisScripts;
  readonly observer: RedisObserver;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Subscriptions take a connection of their own; the two live and end together. */
interface Session {
  readonly commands: RedisClient;
  readonly lost: PromiseWithResolvers<RedisTrouble>;
}

export function createRedisLink({ settings, secrets, scripts, observer, random }: RedisLinkSetup): RedisLink {
  const listeners = new Map<string, (message: string) => void>();
  const hooks: ((commands: RedisCommands) => Promise<void>)[] = [];
  const closing = new AbortController();
  let trouble: RedisTrouble | undefined = 'connecting';
  let session: Session | undefined;
  let running: Promise<void> | undefined;

  function lose(ended: Session, kind: RedisTrouble): void {
    if (session === ended) session = undefined;
    ended.lost.resolve(kind);
  }

  async function live(): Promise<RedisTrouble> {
    const lost = Promise.withResolvers<RedisTrouble>();
    const commands = createClient(settings, secrets, scripts);
    const hearing = createClient(settings, secrets, {});
    const opened: Session = { commands, lost };
    const onLost = () => lose(opened, 'unreachable');
    closing.signal.addEventListener('abort', onLost, { once: true });
    try {
      await Promise.race([
        prepare(commands, hearing, onLost),
        lost.promise.then((kind) => Promise.reject(new RedisAway(kind))),
      ]);
      session = opened;
      tell(undefined);
      return await lost.promise;
    } finally {
      session = undefined;
      closing.signal.removeEventListener('abort', onLost);
      commands.close();
      hearing.close();
    }
  }

  async function prepare(commands: RedisClient, hearing: RedisClient, onLost: () => void): Promise<void> {
    const { connectTimeoutMs } = settings;
    await within(connectTimeoutMs, Promise.all([commands.open(onLost), hearing.open(onLost)]));
    await within(connectTimeoutMs, hearing.subscribe(listeners));
    // A replica refuses it, and so does a server that is loading or wants a password; a full one does it.
    await within(connectTimeoutMs, commands.remove(`${settings.keyPrefix}probe`));
    for (const hook of hooks) await hook(timed(commands, connectTimeoutMs));
  }

  async function stayConnected(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures += 1) {
      const startedMs = performance.now();
      tell(await live().catch(troubleOf));
      // A connection that held for a while has earned a quick return.
      if (performance.now() - startedMs > settings.retryMsMax) failures = 0;
      const pauseMs = Math.min(settings.retryMs * 2 ** Math.min(failures, 30), settings.retryMsMax);
      await sleep(pauseMs * (1 - random() / 2), undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  function tell(news: RedisTrouble | undefined): void {
    if (closing.signal.aborted) return;
    const wasUp = trouble === undefined;
    const isFirst = trouble === 'connecting';
    trouble = news;
    if (news === undefined) observer.up();
    else if (wasUp || isFirst) observer.down(news);
  }

  async function runOn<T>(current: Session, work: (commands: RedisCommands) => Promise<T>): Promise<T> {
    try {
      return await within(settings.timeoutMs, work(current.commands));
    } catch (error) {
      const kind = troubleOf(error);
      if (session === current) observer.failed(kind);
      if (!isOfOneCommand(error)) lose(current, kind);
      throw new RedisAway(kind, { cause: error });
    }
  }

  return {
    keyPrefix: settings.keyPrefix,
    isUp: () => session !== undefined,
    timeoutMs: settings.timeoutMs,
    async run(work, patience) {
      const current = session;
      if (current === undefined) throw new RedisAway(trouble ?? 'unreachable');
      const running = runOn(current, work);
      return patience === undefined ? running : patience.waitFor(running, settings.timeoutMs);
    },
    listen: (channel, listener) => void listeners.set(channel, listener),
    beforeUp: (work) => void hooks.push(work),
    start() {
      running ??= stayConnected();
    },
    trouble: () => trouble,
    async close() {
      closing.abort();
      trouble = 'closed';
      await running;
    },
  };
}

/** The same commands, each with its time. */
function timed(commands: RedisCommands, timeoutMs: number): RedisCommands {
  return {
    read: (...keys) => within(timeoutMs, commands.read(...keys)),
    remove: (key) => within(timeoutMs, commands.remove(key)),
    publish: (channel, message) => within(timeoutMs, commands.publish(channel, message)),
    script: (name, keys, values) => within(timeoutMs, commands.script(name, keys, values)),
    scan: (pattern) => commands.scan(pattern),
  };
}
