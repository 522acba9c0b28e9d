/** Webhooks of a gateway on a real database, with announcements made as deliveries make them. */

import { randomBytes } from 'node:crypto';
import type { lookup } from 'node:dns';
import { createAnnouncing, createOpenAnnouncement } from '../../src/deliveries/announcements.ts';
import { createDeliverySecrets } from '../../src/deliveries/secrets.ts';
import { createAnnounced } from '../../src/events/announced.ts';
import { createFinalStateNotices } from '../../src/events/notices.ts';
import type { EventSettings } from '../../src/events/settings.ts';
import { startTail } from '../../src/events/tail.ts';
import type { LogEntry } from '../../src/exchange/entries.ts';
import type { NoticeSource } from '../../src/exchange/events.ts';
import { createExchangeIds } from '../../src/exchange-ids.ts';
import { createPseudonyms } from '../../src/exchange-log/pseudonyms.ts';
import type { StateDatabase } from '../../src/state/state-database.ts';
import type { WebhookSettings } from '../../src/webhooks/settings.ts';
import { startWebhooks, type Webhooks } from '../../src/webhooks/webhooks.ts';
import type { Teardown } from './servers.ts';
import { openState } from './state-fixture.ts';

export const receiverId = 'VN/GOV/H26/one-stop';

export interface WebhookPlace {
  readonly database: StateDatabase;
  /** Announces that so many pushes of the receiver came to their end; gives the ids, in order. */
  announce(count: number): Promise<string[]>;
  start(url: string, options?: StartOptions): RunningWebhooks;
}

export interface StartOptions {
  readonly origin?: string;
  readonly settings?: Partial<WebhookSettings>;
  readonly ca?: string;
  readonly lookup?: typeof lookup;
  /** The log fails while it says so. */
  readonly refusesEntries?: () => boolean;
}

export interface RunningWebhooks extends Webhooks {
  readonly entries: readonly LogEntry[];
  /** Outcomes of attempts. */
  readonly outcomes: readonly string[];
}

const events: EventSettings = {
  retainDays: 30,
  pageEvents: 10,
  pageEventsMax: 10,
  waitSecondsMax: 10,
  waitingMax: 10,
  waitingPerConsumerMax: 2,
  toldPerSecond: 1000,
  toldBurst: 1000,
  pollMs: 50,
  batchMax: 100,
  forgetMs: 60_000,
  retryMs: 50,
};
const limits: WebhookSettings = {
  allowPrivateAddresses: ['127.0.0.1'],
  connectTimeoutMs: 500,
  timeoutMs: 400,
  bodyBytesMax: 10_000,
  answerBytesMax: 1000,
  backoffMs: 40,
  backoffMsMax: 80,
  triesMax: 1000,
  failingHoursMax: 0,
  leaseSeconds: 1,
};

const makeId = createExchangeIds(Date.now);

export async function createWebhookPlace(t: Teardown, stateUrl: string): Promise<WebhookPlace> {
  const database = openState(t, stateUrl);
  await database.opened(AbortSignal.timeout(10_000));
  const secret = randomBytes(32);
  const secrets = createDeliverySecrets(secret);
  const announcing = createAnnouncing(secrets, { events: new Set(), senders: new Set([receiverId]) });
  const announced = createAnnounced(database, createOpenAnnouncement(secrets));
  const none: NoticeSource = { next: async (_receiver, after) => ({ notice: undefined, next: after }) };

  return {
    database,
    async announce(count) {
      const ids: string[] = [];
      for (let n = 0; n < count; n += 1) {
        const id = makeId();
        ids.push(id);
        const row = announcing.rowOf({
          entry: { ...ended, id, exchange: makeId(), time: new Date().toISOString() },
          next: { state: 'refused', leg: 0, tries: 0, reason: 'person-unknown', isFinal: true },
          inDoubt: false,
          message: undefined,
          results: { legs: {} },
        });
        await announcing.keep(database, row === undefined ? [] : [row]);
      }
      return ids;
    },
    start(url, { origin = 'test.example/webhooks', settings, ca, lookup, refusesEntries } = {}) {
      const entries: LogEntry[] = [];
      const outcomes: string[] = [];
      const tail = startTail({ database, nowMs: Date.now, settings: events, trouble: () => undefined });
      const webhooks = startWebhooks({
        database,
        secret,
        receivers: [{ id: receiverId, url, streams: ['final-states'], ca }],
        sources: { events: none, 'final-states': createFinalStateNotices(announced) },
        origin,
        tail,
        nowMs: Date.now,
        random: Math.random,
        log: {
          async record(entry) {
            if (refusesEntries?.() === true) throw new Error('the disk is full');
            entries.push(entry);
            return { index: entries.length - 1 };
          },
        },
        findInLog: async (id) => {
          const index = entries.findIndex((entry) => entry.id === id);
          return index === -1 ? undefined : { index };
        },
        pseudonyms: createPseudonyms({ pseudonym: randomBytes(32), evidence: randomBytes(32) }),
        settings: { ...limits, ...settings },
        observer: {
          webhookAnswered: (_receiver, _stream, outcome) => void outcomes.push(outcome),
          webhookDead: () => undefined,
        },
        trouble: () => undefined,
        ...(lookup === undefined ? {} : { lookup }),
      });
      let closed: Promise<void> | undefined;
      const close = () => {
        closed ??= webhooks.close().then(() => tail.close());
        return closed;
      };
      t.teardown(close);
      return { ...webhooks, entries, outcomes, close };
    },
  };
}

const ended = {
  consumer: receiverId,
  durationMs: 0,
  issue: undefined,
  kind: 'delivery',
  leg: undefined,
  nextTry: undefined,
  official: undefined,
  problem: undefined,
  reason: 'person-unknown',
  service: 'VN/GOV/G01/population/report-residence-change',
  state: 'refused',
  status: 200,
  subject: undefined,
  subjectNumber: undefined,
  try: undefined,
  version: 'v1',
} as const;
