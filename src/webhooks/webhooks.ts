/** Webhooks of the registered receivers: started together, seen and started again by operators, given to other gateways at the end. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { NoticeSource, WebhookOperations, WebhookStatus, WebhookStream } from '../exchange/events.ts';
import { Problem } from '../problems.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import { createAddresses } from './addresses.ts';
import { createPost, type Post, type PostSetup } from './post.ts';
import { createRestarts, type RestartsSetup, reached } from './restarts.ts';
import type { Receiver, WebhookSettings } from './settings.ts';
import { createSigning } from './signature.ts';
import { type Stream, type StreamSetup, startStream } from './stream.ts';

export interface WebhooksSetup
  extends Pick<StreamSetup, 'origin' | 'tail' | 'nowMs' | 'random' | 'observer' | 'trouble'>,
    Pick<RestartsSetup, 'log' | 'findInLog' | 'pseudonyms'>,
    Pick<PostSetup, 'lookup'> {
  readonly database: Pick<StateDatabase, 'query' | 'opened'>;
  /** 32 bytes, the same for all gateways on the database. */
  readonly secret: Uint8Array;
  readonly receivers: readonly Receiver[];
  readonly sources: Readonly<Record<WebhookStream, NoticeSource>>;
  readonly settings: WebhookSettings;
}

export interface Webhooks extends WebhookOperations {
  close(): Promise<void>;
}

interface Row {
  readonly receiver: string;
  readonly stream: WebhookStream;
  readonly cursor: number;
  readonly tries: number;
  readonly failing_since_ms: number | null;
  readonly next_try_ms: number;
  readonly fault: string | null;
  readonly dead: boolean;
  readonly behind: number;
  readonly restarting: boolean;
}

const folder = new URL('sql/', import.meta.url);
const register = readStatement(folder, 'register');
const list = readStatement(folder, 'list');
const release = readStatement(folder, 'release');

/** Returns at once. */
export function startWebhooks(setup: WebhooksSetup): Webhooks {
  const { database, receivers, origin, settings } = setup;
  const addresses = createAddresses(settings.allowPrivateAddresses);
  const signing = createSigning(setup.secret);
  const closing = new AbortController();
  const streams = new Map<string, Stream[]>();
  const posts: Post[] = [];
  const restarts = createRestarts({
    ...setup,
    restarted: (receiver) => {
      for (const stream of streams.get(receiver) ?? []) stream.wake();
    },
  });
  const running = run();

  async function run(): Promise<void> {
    await database.opened(closing.signal).catch(() => undefined);
    const given = receivers.flatMap(({ id: receiver, streams: of }) => of.map((stream) => ({ receiver, stream })));
    while (!closing.signal.aborted) {
      try {
        await database.query(register, { streams: JSON.stringify(given) });
        break;
      } catch (error) {
        setup.trouble(error);
        await sleep(settings.backoffMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
    if (!closing.signal.aborted) for (const receiver of receivers) streams.set(receiver.id, startAll(receiver));
    while (!closing.signal.aborted) {
      await restarts.goOn().catch(setup.trouble);
      await sleep(settings.leaseSeconds * 1000, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  /** Each stream has a connection of its own: a long backlog of one keeps the other from nothing. */
  function startAll(receiver: Receiver): Stream[] {
    return receiver.streams.map((stream) => {
      const { lookup } = setup;
      const post = createPost({ receiver, addresses, settings, ...(lookup === undefined ? {} : { lookup }) });
      posts.push(post);
      return startStream({ ...setup, receiver, stream, source: setup.sources[stream], post, signing });
    });
  }

  return {
    keySet: signing.keySet,
    async list() {
      const hosts = new Map(receivers.map(({ id, url }) => [id, new URL(url).host]));
      const rows = await reached(database.query<Row>(list));
      // Those that were registered once and are no more get nothing, and are nobody's concern.
      return rows.flatMap((row) => statusOf(row, hosts.get(row.receiver)) ?? []);
    },
    async restart(wanted) {
      const { receiver } = wanted;
      if (!receivers.some(({ id }) => id === receiver))
        throw new Problem('not-found', 'No webhook is registered for it.');
      return restarts.restart(wanted);
    },
    async close() {
      closing.abort();
      await running;
      await Promise.all([...streams.values()].flat().map((stream) => stream.close()));
      await Promise.all(posts.map((post) => post.close()));
      await database.query(release, { origin }).catch(() => undefined);
    },
  };
}

function statusOf(row: Row, host: string | undefined): WebhookStatus | undefined {
  if (host === undefined) return undefined;
  const { receiver, stream, cursor, tries, behind, restarting } = row;
  const isFailing = tries > 0 && !row.dead;
  return {
    receiver,
    stream,
    host,
    state: row.dead ? 'dead' : isFailing ? 'failing' : 'going',
    cursor: String(cursor),
    behind,
    tries,
    nextTry: isFailing ? printed(row.next_try_ms) : undefined,
    failingSince: row.failing_since_ms === null ? undefined : printed(row.failing_since_ms),
    fault: row.fault ?? undefined,
    restarting: restarting || undefined,
  };
}

function printed(ms: number): string {
  return new Date(ms).toISOString();
}
