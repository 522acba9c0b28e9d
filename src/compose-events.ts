/** Makes the events of a running gateway: what numbers, tells and sends them on, over a pool of their own. */

import { createOpenAnnouncement } from './deliveries/announcements.ts';
import type { DeliverySecrets } from './deliveries/secrets.ts';
import { createAllowance } from './events/allowance.ts';
import { createAnnounced } from './events/announced.ts';
import { createRecordDisclosures } from './events/disclosure.ts';
import { createFeed } from './events/feed.ts';
import { createEventNotices, createFinalStateNotices } from './events/notices.ts';
import { startTail } from './events/tail.ts';
import { createTurns } from './events/turns.ts';
import type { LogPosition } from './exchange/entries.ts';
import type { Subscriptions } from './exchange/events.ts';
import type { Clock, ExchangeLog, Pseudonyms, Quota } from './exchange/ports.ts';
import type { Offer } from './offer.ts';
import { Problem } from './problems.ts';
import type { StateQueries } from './state/session.ts';
import type { StateAddress } from './state/settings.ts';
import { openStateDatabase } from './state/state-database.ts';
import type { StateWrites } from './state/state-writes.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { startWebhooks } from './webhooks/webhooks.ts';

export interface EventsPlace {
  readonly offer: Offer;
  readonly locate: () => Promise<StateAddress>;
  readonly stateWrites: StateWrites;
  /** What deliveries seal with. */
  readonly secrets: DeliverySecrets;
  /** What webhooks are signed under. */
  readonly secret: Uint8Array;
  readonly subscriptions: Subscriptions;
  /** Shared with other gateways where quotas are. */
  readonly quota: Quota;
  readonly log: ExchangeLog;
  /** An entry of this gateway's log, by its id. */
  readonly findInLog: (id: string) => Promise<LogPosition | undefined>;
  readonly pseudonyms: Pseudonyms;
  /** UUIDv7. */
  readonly makeId: () => string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export type OpenEvents = ReturnType<typeof openEvents>;

export function openEvents(place: EventsPlace) {
  const { offer, secrets, secret, subscriptions, log, pseudonyms, metrics, logger } = place;
  const { state, events: settings, webhooks: webhookSettings, exchangeLog } = offer.configuration.gateway;
  const { nowMs } = place.clock;
  const database = openStateDatabase({
    locate: place.locate,
    limits: { ...state, poolMax: settings.connectionsMax, durable: true },
    observer: { up: () => undefined, down: () => undefined },
    writes: place.stateWrites,
  });
  let toldOf: string | undefined;
  /** Outages are told by those who have them; the same trouble again is not told again. */
  const trouble = (error: unknown) => {
    if (isOutage(error) || toldOf === String(error)) return;
    toldOf = String(error);
    logger.error({ error }, 'events cannot be told for now');
  };
  const tail = startTail({ database, nowMs, settings, trouble });
  // Two connections are left for numbering and for webhooks, however many read.
  const turns = createTurns(Math.max(1, settings.connectionsMax - 2));
  const inTurn: StateQueries = { query: (...asked) => turns(() => database.query(...asked)) };
  const open = createOpenAnnouncement(secrets);
  const record = createRecordDisclosures({ log, pseudonyms, makeId: place.makeId, nowMs });
  const allowance = createAllowance(place.quota, settings);
  const readers = { subscriptions, record, tail, nowMs, allowance, settings, observer: metrics };
  const announced = createAnnounced(database, open);
  const feed = createFeed({ ...readers, announced: createAnnounced(inTurn, open) });
  const webhooks = startWebhooks({
    database,
    secret,
    receivers: offer.receivers,
    sources: {
      events: createEventNotices(createFeed({ ...readers, announced }), record, metrics),
      'final-states': createFinalStateNotices(announced),
    },
    origin: exchangeLog.origin,
    tail,
    nowMs,
    random: Math.random,
    log,
    findInLog: place.findInLog,
    pseudonyms,
    settings: webhookSettings,
    observer: {
      webhookAnswered: metrics.webhookAnswered,
      webhookDead: metrics.webhookDead,
      webhookTurned(receiver, stream, to, fault) {
        const { level, said } = webhookTurns[to];
        logger[level]({ receiver, stream, fault }, said);
      },
    },
    trouble,
  });
  return {
    announced: tail.announced,
    tried: database.tried,
    feed,
    webhooks,
    async close() {
      feed.endWaiting();
      await webhooks.close();
      await tail.close();
      await database.close();
    },
  };
}

const webhookTurns = {
  failing: { level: 'warn', said: 'a webhook fails, and is tried again' },
  dead: { level: 'error', said: 'a webhook failed too long, and waits for an operator' },
  going: { level: 'info', said: 'a webhook is taken again' },
} as const;

function isOutage(error: unknown): boolean {
  if (error instanceof Problem)
    return ['events-unavailable', 'log-unavailable', 'witnesses-missing'].includes(error.code);
  return (error as { kind?: unknown }).kind === 'unavailable';
}
