/** What each group of routes has of a composed gateway. */

import { randomUUID } from 'node:crypto';
import type { AppDependencies } from './app.ts';
import type { Company } from './company.ts';
import type { openDeliveries } from './compose-deliveries.ts';
import type { OpenEvents } from './compose-events.ts';
import { formerLogs, type Logs } from './compose-logs.ts';
import { listedMembers, namesIn } from './current-names.ts';
import { createAccesses } from './exchange/accesses.ts';
import { createBulkCache } from './exchange/bulk/bulk-cache.ts';
import { createBulkExchange } from './exchange/bulk/bulk-exchange.ts';
import { createCalm } from './exchange/bulk/calm.ts';
import { createPacedQuota } from './exchange/bulk/paced-quota.ts';
import { createErasure } from './exchange/erasure.ts';
import { createExchange, type Exchange, type ExchangeDependencies } from './exchange/pipeline.ts';
import type { Admission, Breakers, Pseudonyms } from './exchange/ports.ts';
import type { RegistryReport } from './exchange/registry-reports.ts';
import type { Looking } from './http/looking.ts';
import type { Offer } from './offer.ts';
import type { Refusals } from './overload/refusals.ts';
import { rest } from './rest.ts';
import type { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface HttpSetup {
  readonly offer: Offer;
  readonly version: string;
  readonly company: Company | undefined;
  readonly exchange: ExchangeDependencies;
  /** Those that the lines of bulk requests go through instead. */
  readonly bulkBreakers: Breakers;
  /** Puts what follows exchanges around them. */
  readonly overExchange: (exchange: Exchange) => Exchange;
  readonly pseudonyms: Pseudonyms;
  readonly admission: Admission;
  readonly refusals: Refusals;
  readonly logs: Logs;
  readonly deliveries: ReturnType<typeof openDeliveries>;
  readonly events: OpenEvents;
  readonly looking: Looking;
  readonly health: () => Promise<readonly Health[]>;
  readonly registries: () => Promise<readonly RegistryReport[]>;
  readonly metrics: Metrics;
  /** UUIDv7, for exchanges and whatever else is an entry. */
  readonly makeId: () => string;
  readonly logger: Logger;
}

type RouteGroups = Omit<AppDependencies, 'limits' | 'schemas' | 'makeRequestId' | 'version'>;
type OnFault = AppDependencies['onFault'];

/** `stopping` ends bulk requests after the lines that are begun. */
export function routeGroups(setup: HttpSetup, onFault: OnFault, stopping: AbortSignal): RouteGroups {
  const { offer, logs, looking, pseudonyms } = setup;
  const { book } = logs;
  const { node, instance } = offer.configuration.gateway;
  return {
    exchanges: forExchanges(setup, stopping),
    catalogue: { members: listedMembers(offer.directory.members), instance },
    log: {
      filesOf: book.filesOf,
      logs: book.logs,
      receipts: book.receipts,
      index: logs.index.auditIndex,
      looking,
      pseudonyms,
    },
    pushes: forPushes(setup),
    events: forEvents(setup),
    evidence: forEvidence(setup),
    audit: forAudit(setup, onFault),
    citizen: forCitizens(setup),
    operations: forOperations(setup),
    registries: {
      node,
      looking,
      processes: async () =>
        setup.company?.whole.registries(setup.registries) ?? [
          { worker: undefined, registries: await setup.registries() },
        ],
      stock: setup.deliveries.stock,
    },
    onFault,
  };
}

function forExchanges(setup: HttpSetup, stopping: AbortSignal): RouteGroups['exchanges'] {
  const { admission, refusals, metrics, offer } = setup;
  const { cache, catalogue, clock, identity, parser, quota } = setup.exchange;
  const { instance, exchangeLog, http, overload, xRoad, bulk: settings } = offer.configuration.gateway;
  return {
    exchange: setup.overExchange(createExchange(setup.exchange)),
    identity,
    admission,
    refusals,
    pace: overload,
    catalogue,
    clock,
    bodyBytesMax: http.bodyBytesMax,
    log: exchangeLog.origin,
    xRoad: { instance, makeUuid: randomUUID, limits: xRoad },
    observer: metrics,
    bulk: {
      exchange: createBulkExchange({
        ...setup.exchange,
        // Its lines have no places of their own to leave.
        waits: { begin: () => () => undefined },
        cache: createBulkCache(cache),
        quota: createPacedQuota({ quota, settings, rest, stopping }),
        breakers: setup.bulkBreakers,
      }),
      parser,
      settings,
      calm: createCalm(admission, settings, rest),
      makeExchangeId: setup.makeId,
      stopping,
    },
  };
}

function forPushes({ offer, deliveries, looking, pseudonyms, exchange: { parser } }: HttpSetup): RouteGroups['pushes'] {
  const { deliveries: limits, xRoad, http } = offer.configuration.gateway;
  return {
    pushes: deliveries.pushes,
    operations: deliveries.operations,
    looking,
    pseudonyms,
    parser,
    canonical: offer.directory.canonical,
    limits: { ...limits, ...xRoad, bodyBytesMax: http.bodyBytesMax, states: deliveries.states },
  };
}

function forEvents({ offer, events, looking, exchange: { parser } }: HttpSetup): RouteGroups['events'] {
  const { events: limits, xRoad, http } = offer.configuration.gateway;
  return {
    feed: events.feed,
    webhooks: events.webhooks,
    looking,
    parser,
    canonical: offer.directory.canonical,
    limits: { ...limits, ...xRoad, bodyBytesMax: http.bodyBytesMax },
  };
}

function forEvidence({ logs, looking, pseudonyms, exchange, makeId }: HttpSetup): RouteGroups['evidence'] {
  const { log, book, evidences } = logs;
  const { clock, parser } = exchange;
  return (
    evidences && {
      looking,
      receipts: book.receipts,
      pseudonyms,
      parser,
      evidence: book.evidence,
      erasure: createErasure({ clock, log, pseudonyms, subjectKeys: book.subjectKeys, makeId }),
    }
  );
}

function forAudit(setup: HttpSetup, onFault: OnFault): RouteGroups['audit'] {
  const { logs, looking, pseudonyms } = setup;
  const { catalogue, directory, configuration } = setup.offer;
  const { clock, parser } = setup.exchange;
  const { audit, http, xRoad } = configuration.gateway;
  const agreed = {
    purpose: new Set(configuration.agreements.flatMap(({ purposes }) => purposes)),
    agreement: new Set(configuration.agreements.map(({ id }) => id)),
  };
  return {
    index: logs.index.auditIndex,
    looking,
    receipts: logs.book.receipts,
    pseudonyms,
    parser,
    clock,
    canonical: directory.canonical,
    isKnown: (id) => directory.has(id) || catalogue.versionsOf(id).length > 0,
    isAgreed: (use, text) => agreed[use].has(text),
    limits: { ...audit, bodyBytesMax: http.bodyBytesMax, xRoad },
    onFault,
  };
}

function forCitizens({
  offer,
  exchange,
  logs,
  looking,
  pseudonyms,
  health,
  makeId,
}: HttpSetup): RouteGroups['citizen'] {
  const { index, book, own, logHealth, stateHealth } = logs;
  const { ownLog } = own;
  const { accesses: settings } = offer.configuration.gateway;
  const needed = [logHealth.name, stateHealth.name, formerLogs];
  return {
    accesses: createAccesses({
      index: index.auditIndex,
      ownLog,
      otherLogs: book,
      pseudonyms,
      clock: exchange.clock,
      makeId,
      settings,
    }),
    ownLog,
    looking,
    pseudonyms,
    names: namesIn(offer.directory, offer.catalogue),
    ready: async () => (await health()).every(({ name, ok }) => ok || !needed.includes(name)),
    limits: settings,
  };
}

function forOperations({ company, health, metrics }: HttpSetup): RouteGroups['operations'] {
  return {
    health: async () => company?.whole.health(health) ?? health(),
    metrics: async () => company?.whole.metrics(metrics.expose) ?? metrics.expose(),
    metricsContentType: metrics.contentType,
  };
}
