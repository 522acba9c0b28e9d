/** One life of the connections to Redis: opened and made ready, watched by messages to itself, and ended by the first thing that goes wrong. */

import { createClient, type RedisClient, type RedisCommands, type RedisScripts } from './client.ts';
import { within } from './patience.ts';
import type { RedisSecrets, RedisSettings } from './settings.ts';
import { RedisAway, type RedisTrouble, troubleOf } from './trouble.ts';

export interface SessionSetup {
  readonly settings: RedisSettings;
  readonly secrets: RedisSecrets;
  readonly scripts: RedisScripts;
  /** What is heard, by channel. */
  readonly listeners: ReadonlyMap<string, (message: string) => void>;
  /** Done before it is ready, with a time for each command. */
  readonly hooks: readonly ((commands: RedisCommands) => Promise<void>)[];
  /** Names the channel of its messages to itself. */
  readonly id: string;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Subscriptions take a connection of their own; the two live and end together. */
export interface Session {
  readonly commands: RedisCommands;
  /** Aborted, with RedisAway, when it has ended. */
  readonly ended: AbortSignal;
  /** Rejects where it cannot be used. Gives what it does not do, as `beat`. */
  prepare(): Promise<RedisTrouble | undefined>;
  /**
   * Sends a message to itself and writes something. Throws RedisAway where one of them has no end in time or the message is
   * not heard, or where nothing can be written; but gives that, where all else is well.
   */
  beat(): Promise<RedisTrouble | undefined>;
  end(kind: RedisTrouble): void;
}

export function createSession(setup: SessionSetup): Session {
  const { settings, secrets, scripts, listeners, hooks, id, random } = setup;
  const { keyPrefix, connectTimeoutMs, readyTimeoutMs } = settings;
  const beatTimeoutMs = Math.max(settings.heartbeatMs, settings.timeoutMs);
  const beatChannel = `${keyPrefix}beat:${id}`;
  const ending = new AbortController();
  const commands = createClient(settings, secrets, scripts);
  const hearing = createClient(placeToHear(settings, random), secrets, {});
  let beats = 0;
  let heard = Promise.withResolvers<void>();

  function end(kind: RedisTrouble): void {
    if (ending.signal.aborted) return;
    ending.abort(new RedisAway(kind));
    commands.close();
    hearing.close();
  }

  async function open(): Promise<void> {
    const lost = (cause: unknown) => end(troubleOf(cause));
    await within(connectTimeoutMs, Promise.all([commands.open(lost), hearing.open(lost)]));
    const onBeat = (message: string) => {
      if (message === `${beats}`) heard.resolve();
    };
    await within(connectTimeoutMs, hearing.subscribe(new Map([...listeners, [beatChannel, onBeat]])));
  }

  async function beat(): Promise<RedisTrouble | undefined> {
    beats += 1;
    heard = Promise.withResolvers<void>();
    const told = Promise.all([
      commands.probe(`${keyPrefix}probe`, beatTimeoutMs).then(() => undefined, hindranceOf),
      commands.publish(beatChannel, `${beats}`),
    ]);
    const [[hindrance]] = await Promise.all([
      within(beatTimeoutMs, told),
      within(beatTimeoutMs, heard.promise, 'deaf'),
    ]);
    return hindrance;
  }

  async function catchUp(): Promise<void> {
    for (const hook of hooks) await hook(timed(commands, connectTimeoutMs));
  }

  return {
    commands,
    ended: ending.signal,
    async prepare() {
      await open();
      // A replica refuses the write, and so does a server that is loading or wants a password; a full one only that.
      const hindrance = await beat();
      await within(readyTimeoutMs, catchUp());
      return hindrance;
    },
    beat,
    end,
  };
}

/** One node of a cluster hears what is published on any; the client for clusters would go to another one unnoticed. */
function placeToHear({ cluster, ...settings }: RedisSettings, random: () => number): RedisSettings {
  if (cluster === undefined) return settings;
  const node = cluster[Math.floor(random() * cluster.length)];
  return node === undefined ? settings : { ...settings, url: node };
}

/** A full server still reads, removes and publishes; one that refuses a write for another reason may refuse to forget. */
function hindranceOf(error: unknown): RedisTrouble {
  if (troubleOf(error) === 'full') return 'full';
  throw error;
}

/** The same commands, each with its time. */
function timed(commands: RedisClient, timeoutMs: number): RedisCommands {
  return {
    read: (...keys) => within(timeoutMs, commands.read(...keys)),
    remove: (key) => within(timeoutMs, commands.remove(key)),
    probe: (key, keptMs) => within(timeoutMs, commands.probe(key, keptMs)),
    publish: (channel, message) => within(timeoutMs, commands.publish(channel, message)),
    script: (name, keys, values) => within(timeoutMs, commands.script(name, keys, values)),
    async *scan(pattern) {
      const steps = commands.scan(pattern)[Symbol.asyncIterator]();
      for (;;) {
        const step = await within(timeoutMs, steps.next());
        if (step.done === true) return;
        yield step.value;
      }
    },
  };
}
