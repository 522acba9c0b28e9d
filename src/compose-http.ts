/** Puts routes over a composed gateway, and ends them so that nobody is cut off early. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { type App, buildApp } from './app.ts';
import type { Company } from './company.ts';
import type { openDeliveries } from './compose-deliveries.ts';
import type { openEvents } from './compose-events.ts';
import type { Logs } from './compose-logs.ts';
import { createAccesses } from './exchange/accesses.ts';
import { createBulkExchange } from './exchange/bulk/bulk-exchange.ts';
import { createCalm } from './exchange/bulk/calm.ts';
import { createPacedQuota } from './exchange/bulk/paced-quota.ts';
import { createPatientBreakers } from './exchange/bulk/patient-breakers.ts';
import { createErasure } from './exchange/erasure.ts';
import { createExchange, type Exchange, type ExchangeDependencies } from './exchange/pipeline.ts';
import type { Admission, Catalogue, Pseudonyms } from './exchange/ports.ts';
import type { RegistryReport } from './exchange/registry-reports.ts';
import { createExchangeIds } from './exchange-ids.ts';
import { levelOf } from './fault-level.ts';
import type { Names } from './http/citizen/citizen-dependencies.ts';
import type { Looking } from './http/looking.ts';
import type { Member, MemberDirectory } from './identity/members.ts';
import type { Offer } from './offer.ts';
import type { Refusals } from './overload/refusals.ts';
import type { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface HttpSetup {
  readonly offer: Offer;
  readonly version: string;
  readonly company: Company | undefined;
  readonly exchange: ExchangeDependencies;
  /** Puts what follows exchanges around them. */
  readonly overExchange: (exchange: Exchange) => Exchange;
  readonly pseudonyms: Pseudonyms;
  readonly admission: Admission;
  readonly refusals: Refusals;
  readonly logs: Logs;
  readonly deliveries: ReturnType<typeof openDeliveries>;
  readonly events: ReturnType<typeof openEvents>;
  readonly looking: Looking;
  readonly health: () => Promise<readonly Health[]>;
  readonly registries: () => Promise<readonly RegistryReport[]>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

const rest = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => undefined);

/** Listens when it is told to; `close` waits for the exchanges in flight within the grace time. */
export async function openHttp(setup: HttpSetup): Promise<{ readonly app: App; close(): Promise<void> }> {
  const {
    offer,
    version,
    company,
    admission,
    refusals,
    logs,
    deliveries,
    events,
    looking,
    health,
    metrics,
    pseudonyms,
  } = setup;
  const { catalogue, directory, schemas } = offer;
  const settings = offer.configuration.gateway;
  const { breakers, clock, identity, parser, quota } = setup.exchange;
  const { log, index, book, own, evidences, logHealth, stateHealth } = logs;
  const { receipts } = book;
  const { ownLog } = own;
  const stopping = new AbortController();
  const exchange = setup.overExchange(createExchange(setup.exchange));
  const bulkExchange = createBulkExchange({
    ...setup.exchange,
    // Its lines have no places of their own to leave.
    waits: { begin: () => () => undefined },
    quota: createPacedQuota({ quota, settings: settings.bulk, rest, stopping: stopping.signal }),
    breakers: createPatientBreakers(breakers, settings.bulk, rest),
  });
  const onFault = (error: unknown, requestId: string) =>
    setup.logger[levelOf(error)]({ requestId, error }, 'a request outside the exchanges failed');
  const app = await buildApp({
    limits: settings.http,
    makeRequestId: createExchangeIds(clock.nowMs),
    schemas,
    version,
    exchanges: {
      exchange,
      identity,
      admission,
      refusals,
      catalogue,
      clock,
      bodyBytesMax: settings.http.bodyBytesMax,
      xRoad: { instance: settings.instance, makeUuid: randomUUID, limits: settings.xRoad },
      observer: metrics,
      bulk: {
        exchange: bulkExchange,
        parser,
        settings: settings.bulk,
        calm: createCalm(admission, settings.bulk, rest),
        makeExchangeId: uuidv7,
        stopping: stopping.signal,
      },
    },
    catalogue: { members: listedMembers(directory.members), instance: settings.instance },
    log: {
      filesOf: book.filesOf,
      logs: book.logs,
      receipts,
      looking,
    },
    pushes: {
      pushes: deliveries.pushes,
      operations: deliveries.operations,
      looking,
      parser,
      limits: {
        ...settings.deliveries,
        ...settings.xRoad,
        bodyBytesMax: settings.http.bodyBytesMax,
        states: deliveries.states,
      },
    },
    events: {
      feed: events.feed,
      webhooks: events.webhooks,
      looking,
      parser,
      canonical: directory.canonical,
      limits: { ...settings.events, ...settings.xRoad, bodyBytesMax: settings.http.bodyBytesMax },
    },
    evidence: evidences && {
      looking,
      receipts,
      parser,
      evidence: book.evidence,
      erasure: createErasure({ clock, log, pseudonyms, subjectKeys: book.subjectKeys, makeId: uuidv7 }),
    },
    audit: {
      index: index.auditIndex,
      looking,
      receipts,
      pseudonyms,
      parser,
      clock,
      canonical: directory.canonical,
      isKnown: (id) => directory.has(id) || catalogue.versionsOf(id).length > 0,
      limits: { ...settings.audit, bodyBytesMax: settings.http.bodyBytesMax, xRoad: settings.xRoad },
      onFault,
    },
    citizen: {
      accesses: createAccesses({
        index: index.auditIndex,
        ownLog,
        otherLogs: book,
        pseudonyms,
        settings: settings.accesses,
      }),
      ownLog,
      looking,
      pseudonyms,
      names: namesIn(directory, catalogue),
      ready: async () =>
        (await health()).every(({ name, ok }) => ok || ![logHealth.name, stateHealth.name].includes(name)),
      limits: settings.accesses,
    },
    operations: {
      health: company?.health ?? health,
      metrics: company?.metrics ?? metrics.expose,
      metricsContentType: metrics.contentType,
    },
    registries: {
      node: settings.node,
      looking,
      processes: company?.registries ?? (async () => [{ worker: undefined, registries: await setup.registries() }]),
      stock: deliveries.stock,
    },
    onFault,
  });
  return {
    app,
    async close() {
      // Bulk requests end after the lines that are begun, and say where to go on.
      stopping.abort();
      await closeApp(app, settings.shutdown.graceMs);
    },
  };
}

/** By today's names: an organisation keeps its exchanges when it is renamed. */
function namesIn(directory: MemberDirectory, catalogue: Catalogue): Names {
  const segments = (id: string, count: number) => directory.canonical(id).split('/').slice(0, count).join('/');
  const nameOf = new Map(directory.members.map(({ id, name }) => [id, name]));
  return {
    member: (id) => nameOf.get(segments(id, 3)),
    subsystem: (id) => directory.subsystem(segments(id, 4))?.name,
    service: (id) => catalogue.versionsOf(id)[0]?.documentation.title,
  };
}

function listedMembers(members: readonly Member[]) {
  return members.map(({ id, name, subsystems }) => ({
    id,
    name: name.vi,
    subsystems: subsystems.map((subsystem) => ({ id: `${id}/${subsystem.code}`, name: subsystem.name.vi })),
  }));
}

const idleCheckMs = 20;

/** Fastify waits for the exchanges in flight; whoever is not done within the grace time is cut off. */
async function closeApp(app: App, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  // A connection whose exchange ends while the server closes is idle from then on, and would be kept until its time-out.
  const idle = setInterval(() => app.server.closeIdleConnections(), idleCheckMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    clearInterval(idle);
  }
}
