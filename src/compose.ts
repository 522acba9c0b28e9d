/** Makes a running gateway out of configuration and data folder; the only file that knows every folder. */

import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JSONWebKeySet, JWK } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import { handlerKey } from './adapter-kit/define-adapter.ts';
import type { Manifest } from './adapter-kit/manifest.ts';
import type { AdapterDefinition, Registry } from './adapter-kit/types.ts';
import { createAgreements } from './agreements/agreements.ts';
import { createPriorities } from './agreements/priorities.ts';
import { createSubscriptions } from './agreements/subscriptions.ts';
import { type App, buildApp } from './app.ts';
import { createBreakers, type ObservableBreakers } from './breaker/breakers.ts';
import { createRegistries } from './catalogue/registries.ts';
import type { Company } from './company.ts';
import { openDeliveries } from './compose-deliveries.ts';
import { openEvents } from './compose-events.ts';
import { openShared, type Shared } from './compose-redis.ts';
import { openTimestamps, timestampHealth } from './compose-timestamps.ts';
import type { DataLog } from './data-logs.ts';
import { createDeliverySecrets } from './deliveries/secrets.ts';
import { readDeliveryKey } from './delivery-key.ts';
import { openKeys } from './embedded/keys.ts';
import { createAccesses } from './exchange/accesses.ts';
import type { AuditIndex } from './exchange/audit.ts';
import { createBulkExchange } from './exchange/bulk/bulk-exchange.ts';
import { createCalm } from './exchange/bulk/calm.ts';
import { createPacedQuota } from './exchange/bulk/paced-quota.ts';
import { createPatientBreakers } from './exchange/bulk/patient-breakers.ts';
import { createErasure } from './exchange/erasure.ts';
import { createLooks } from './exchange/looks.ts';
import { createExchange, type ExchangeDependencies } from './exchange/pipeline.ts';
import type {
  AnswerCache,
  Catalogue,
  CircuitState,
  Clock,
  ExchangeLog,
  Pseudonyms,
  RegistryReport,
} from './exchange/ports.ts';
import { createExchangeIds } from './exchange-ids.ts';
import { type Evidences, openEvidences } from './exchange-log/evidence/vault.ts';
import { openExchangeLog } from './exchange-log/log.ts';
import type { LogObserver } from './exchange-log/log-setup.ts';
import { createPseudonyms } from './exchange-log/pseudonyms.ts';
import { type Disk, realDisk } from './exchange-log/store/disk.ts';
import { layoutOf } from './exchange-log/store/layout.ts';
import { openTimestampStore } from './exchange-log/timestamps/timestamp-store.ts';
import { openGatewayKeys } from './gateway-keys.ts';
import { type HeldLog, holdLog, openOrphan } from './held-log.ts';
import type { Names } from './http/citizen/citizen-dependencies.ts';
import { createLooking } from './http/looking.ts';
import { createMetaServices } from './http/meta-services.ts';
import { serviceDocument } from './http/openapi/document.ts';
import { createCallers } from './identity/callers.ts';
import { createIdentity } from './identity/identity.ts';
import type { Member, MemberDirectory } from './identity/members.ts';
import { createTokens, issueToken, type TokenRequest } from './identity/tokens.ts';
import type { LoadedAdapter } from './load-adapters.ts';
import { createLogBook } from './log-book.ts';
import type { Offer } from './offer.ts';
import { openIndex } from './open-index.ts';
import { createAdmission } from './overload/admission.ts';
import { createRefusals } from './overload/refusals.ts';
import { openPremises, type Premises } from './premises.ts';
import type { Problem, ProblemCode } from './problems.ts';
import { createRegistryReports } from './registry-reports.ts';
import { createHealth, type Dependency, type Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { createRegistryWatch } from './telemetry/registry-watch.ts';
import { parseJson } from './validation/index.ts';
import { pinFault } from './validation/pin.ts';
import { createWitnessing, witnessesMissing } from './witnessing.ts';

export interface GatewayOptions {
  readonly offer: Offer;
  readonly dataFolder: string;
  readonly version: string;
  readonly logger: Logger;
  /** Stands between the log and its disk; for tests that hold the disk back. */
  readonly wrapLogDisk?: (disk: Disk) => Disk;
  /** Stands in for what exchanges are recorded with; for measurements of what recording costs. */
  readonly replaceRecording?: (recording: Recording) => Recording;
  /** Of one worker among several; a process by itself opens its own, and owns `dataFolder` alone. */
  readonly premises?: Premises;
  readonly company?: Company;
}

export interface Recording {
  readonly log: ExchangeLog;
  readonly pseudonyms: Pseudonyms;
}

export interface Gateway {
  readonly app: App;
  readonly auditIndex: AuditIndex;
  /** Listens and returns the base URL. */
  listen(host: string, port: number): Promise<string>;
  /** Signs a token with the data folder's key. */
  issueToken(request: Omit<TokenRequest, 'audience'>): Promise<string>;
  /** Ends an embedded sample registry's processes, as an outage would; what it resolves with starts them again. */
  stopRegistry(name: string): Promise<() => Promise<void>>;
  /** Of this process alone. */
  readonly health: () => Promise<readonly Health[]>;
  readonly registries: () => Promise<readonly RegistryReport[]>;
  readonly metrics: () => Promise<string>;
  /** Finishes exchanges in flight within the grace time, then closes everything in reverse order. */
  close(): Promise<void>;
}

const clock: Clock = { nowMs: Date.now };

const rest = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => undefined);

/** Throws, with everything closed again, where a part cannot be started. */
export async function composeGateway(options: GatewayOptions): Promise<Gateway> {
  const closers: (() => unknown)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await compose(options, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function compose(
  options: GatewayOptions,
  closers: (() => unknown)[],
  closeAll: () => Promise<void>,
): Promise<Gateway> {
  const { offer, logger, version, company } = options;
  const { catalogue, directory, schemas } = offer;
  const settings = offer.configuration.gateway;
  const premises = options.premises ?? (await openPremises(options));
  closers.push(() => premises.close());
  const { folder, own: place } = premises;

  const watch = createRegistryWatch({
    clock,
    latencyCallsMax: settings.health.latencyCallsMax,
    observer: {
      registryCalled: (...call) => metrics.registryCalled(...call),
      registryFailed: (...failure) => metrics.registryFailed(...failure),
    },
  });
  const breakers = watch.over(
    createBreakers((service, circuit) => logger.warn({ service, circuit }, 'circuit changed')),
  );
  closers.push(() => breakers.close());
  const metrics = createMetrics(
    {
      registries: watch.uses,
      dataFolder: folder.path,
      circuits: () => statesOf(catalogue, breakers),
      logWritable: () => log.failure === undefined,
      timestampMs: () => timestamps?.generatedMs,
      evidenceWritable: () => evidences?.failure === undefined,
      indexLag: () => index.lag(),
      overload: () => admission.state(),
    },
    company?.number,
  );
  const registered = (claimed: string) =>
    directory.subsystem(directory.canonical(claimed)) && directory.canonical(claimed);
  const admission = createAdmission({
    settings: settings.overload,
    registered,
    priorityOf: createPriorities(offer.configuration.agreements, catalogue.versionsOf),
  });
  closers.push(() => admission.close());
  const logFolder = await folder.folder(path.relative(folder.path, place.folder));
  const keys = await openGatewayKeys(await folder.folder('keys'), logFolder);
  const [logKey, ...olderLogKeys] = keys.log;
  const disk = options.wrapLogDisk?.(realDisk) ?? realDisk;
  const witnessing = createWitnessing(settings.exchangeLog.witnesses, metrics, logger);
  const log = await openExchangeLog({
    folder: logFolder,
    headCopy: place.headCopy,
    origin: settings.exchangeLog.origin,
    key: logKey,
    olderKeys: olderLogKeys,
    marks: keys.marks,
    settings: settings.exchangeLog,
    clock,
    observer: logObserver(metrics, logger, { grown: () => index.wake(), failed: () => company?.unfit() }),
    disk,
    cosigning: witnessing?.cosigning,
  });
  closers.push(() => log.close());
  const timestampStore = await openTimestampStore(disk, layoutOf(logFolder));
  const timestamps = await openTimestamps(offer, { log, store: timestampStore, clock, metrics, logger });
  if (timestamps !== undefined) closers.push(() => timestamps.close());

  const openEvidences = (of: DataLog) => openEvidence(options, disk, of, metrics);
  const evidences = await openEvidences(place);
  closers.push(() => evidences?.close());

  const index = openIndex({ settings, log, metrics, logger, locate: premises.locateState });
  closers.push(() => index.close());
  const { waitUntil } = index;
  const held: [HeldLog, ...HeldLog[]] = [holdLog({ place, log, disk, timestampStore, evidences, settings, waitUntil })];
  const [own] = held;
  for (const orphan of premises.orphans) {
    const opened = await openOrphan({ place: orphan, keys, disk, settings, index, openEvidences, logger });
    closers.push(() => opened.close());
    held.push(opened);
  }
  const book = createLogBook({
    held,
    logs: premises.logs,
    siblings: company?.siblings,
    askTimeoutMs: settings.workers.askTimeoutMs,
    checkpointWaitMs: settings.receipts.checkpointWaitMs,
  });
  const { receipts } = book;
  const { ownLog } = own;

  const registries = await openRegistries(offer.adapters, premises, closers);
  const tokens = createTokens(trustedKeys(offer, keys.token), settings.identity, clock, (pin) =>
    pinFault(pin, settings.validation.samplePins),
  );
  const identity = createIdentity(directory, tokens);
  const agreements = createAgreements(offer.configuration.agreements, catalogue.versionsOf, settings.agreements);
  const openApiOf = (id: string) => JSON.stringify(serviceDocument(catalogue.versionsOf(id), schemas, { version }));
  const parser = { parse: (content: Uint8Array) => parseJson(content, { depthMax: settings.validation.jsonDepthMax }) };
  const pseudonyms = createPseudonyms(keys.pseudonyms);
  const shared = await openShared({
    configuration: offer.configuration,
    company,
    dataFolder: options.dataFolder,
    clock,
    metrics,
    logger,
  });
  closers.push(() => shared.close());
  const cache = sharing(shared, company);
  const secret = await readDeliveryKey(offer.configuration, openKeys(await folder.folder('keys')));
  const secrets = createDeliverySecrets(secret);
  const subscriptions = createSubscriptions(offer.configuration.agreements, {
    versionsOf: catalogue.versionsOf,
    safetyLevelOf: (id) => directory.subsystem(id)?.safetyLevel,
    settings: settings.agreements,
  });
  const locate = premises.locateState;
  const told = { offer, locate, secrets, secret, subscriptions, log, pseudonyms, clock, metrics, logger };
  const events = openEvents(told);
  closers.push(() => events.close());
  const deliveries = openDeliveries({
    configuration: offer.configuration,
    locate,
    secrets,
    audience: { events: subscriptions.services, senders: finalStateReceivers(offer) },
    announced: events.announced,
    log,
    ownLog: log,
    findInLog: (id) => own.receipts.find(id),
    arrivedElsewhere: book.arrivedElsewhere,
    catalogue,
    registries,
    breakers,
    cache,
    pseudonyms,
    clock,
    metrics,
    logger,
  });
  closers.push(() => deliveries.close());
  company?.siblings.on('arrived', deliveries.arrived);
  const refusals = createRefusals({
    settings: settings.overload,
    clock,
    log,
    registered,
    makeId: uuidv7,
    counted: metrics.refusalCounted,
    onFault: (error) => logger[levelOf(error)]({ error }, 'counted refusals could not be recorded yet'),
  });
  closers.push(() => refusals.close());
  const recording: Recording = { log, pseudonyms };
  const exchangeDeps: ExchangeDependencies = {
    identity,
    catalogue,
    agreements,
    clock,
    ...(options.replaceRecording?.(recording) ?? recording),
    parser,
    evidence: evidences,
    metaServices: createMetaServices({ catalogue, agreements, clock, openApiOf }),
    quota: shared.quota,
    cache,
    waits: admission.waits,
    deliveries,
    breakers,
    registries: createRegistries(registries),
    observer: metrics,
    onFault: (problem, exchangeId) => logger[levelOf(problem)]({ exchangeId, error: problem }, problem.code),
  };
  const exchange = createExchange(exchangeDeps);
  const stopping = new AbortController();
  const bulkExchange = createBulkExchange({
    ...exchangeDeps,
    // Its lines have no places of their own to leave.
    waits: { begin: () => () => undefined },
    quota: createPacedQuota({ quota: exchangeDeps.quota, settings: settings.bulk, rest, stopping: stopping.signal }),
    breakers: createPatientBreakers(breakers, settings.bulk, rest),
  });
  const logHealth: Dependency = {
    name: 'exchange-log',
    vital: true,
    check: async () => {
      if (log.failure !== undefined) throw failed();
      if (log.lacksWitnesses) throw witnessesMissing();
    },
  };
  const evidenceHealth: Dependency = {
    name: 'evidence',
    vital: true,
    check: async () => {
      if (evidences?.failure !== undefined) throw failed();
    },
  };
  const stateHealth: Dependency = { name: 'state-database', vital: false, check: index.check };
  const sealedHealth = evidences === undefined ? [] : [evidenceHealth];
  const watched = witnessing === undefined ? [] : [witnessing.health];
  const dependencies = [
    logHealth,
    ...watched,
    ...sealedHealth,
    ...timestampHealth(timestamps),
    stateHealth,
    ...shared.health,
    ...registryHealth(registries),
    deliveries.health,
  ];
  const health = createHealth(dependencies, settings.health, clock);
  const reportRegistries = createRegistryReports({ adapters: offer.adapters, catalogue, breakers, watch, health });
  const looks = createLooks({ clock, log, pseudonyms });
  const looking = createLooking({ callers: createCallers(directory, tokens), looks, limits: settings.xRoad });
  const onFault = (error: unknown, requestId: string) =>
    logger[levelOf(error)]({ requestId, error }, 'a request outside the exchanges failed');
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
      processes: company?.registries ?? (async () => [{ worker: undefined, registries: await reportRegistries() }]),
      stock: deliveries.stock,
    },
    onFault,
  });
  closers.push(() => closeApp(app, settings.shutdown.graceMs));
  // Bulk requests end after the lines that are begun, and say where to go on.
  closers.push(() => stopping.abort());
  return {
    app,
    auditIndex: index.auditIndex,
    stopRegistry: premises.holdRegistry,
    health,
    registries: reportRegistries,
    metrics: metrics.expose,
    listen: (host, port) => app.listen({ host, port }),
    issueToken: (request) =>
      issueToken(keys.token[0] as JWK, { ...request, audience: settings.identity.audience }, clock.nowMs()),
    close: closeAll,
  };
}

interface LogNews {
  grown(): void;
  failed(): void;
}

function logObserver(metrics: Metrics, logger: Logger, news: LogNews): LogObserver {
  return {
    committed(...commit) {
      metrics.logCommitted(...commit);
      news.grown();
    },
    checkpointed: metrics.logCheckpointed,
    recovered({ checkpointSize, replayedEntries, tornBytes }) {
      metrics.logCheckpointed(checkpointSize);
      if (replayedEntries > 0)
        logger.info({ replayedEntries }, 'brought entries into the tree that were durable already');
      if (tornBytes > 0) logger.warn({ tornBytes }, 'cut off a commit that was never acknowledged');
    },
    recounting: ({ reason, done, total }) =>
      logger.warn({ reason, done, total }, 'counting the entries about each subject from the log'),
    failed(error) {
      logger.error({ error }, 'the exchange log cannot be written: every exchange is refused from now on');
      news.failed();
    },
  };
}

/** What a delivered push makes invalid is gone from every worker's cache. */
function sharing({ cache, forgetHere }: Shared, company: Company | undefined): AnswerCache {
  if (company === undefined) return cache;
  const { siblings } = company;
  siblings.on('forget', forgetHere);
  return {
    ...cache,
    forget(subjects) {
      siblings.tellAll('forget', subjects);
      return cache.forget(subjects);
    },
  };
}

/** What a probe is told; the operational log has named the cause. */
const failed = () => Object.assign(new Error('a write failed'), { kind: 'failed' });

/** Undefined where no bodies are sealed. */
async function openEvidence(
  { offer, logger }: GatewayOptions,
  disk: Disk,
  { folder, subjectKeyFile }: DataLog,
  metrics: Metrics,
): Promise<Evidences | undefined> {
  const settings = offer.configuration.gateway.evidence;
  if (settings === undefined) return undefined;
  return openEvidences({
    disk,
    folder: path.join(folder, 'evidence'),
    subjectKeyFile,
    services: settings.services,
    auditors: offer.auditors,
    limits: settings,
    clock,
    observer: {
      evidenceCommitted: metrics.evidenceCommitted,
      evidenceFailed: (error) =>
        logger.error({ error }, 'evidence cannot be kept: every exchange of a sealed service is refused from now on'),
    },
  });
}

/** Senders that are sent what becomes of their pushes. */
function finalStateReceivers({ receivers }: Offer): ReadonlySet<string> {
  return new Set(receivers.filter(({ streams }) => streams.includes('final-states')).map(({ id }) => id));
}

/** Every circuit, those that no call has used yet included, so that an alert can rely on the metric. */
function statesOf(catalogue: Catalogue, breakers: ObservableBreakers): ReadonlyMap<string, CircuitState> {
  const queries = catalogue.all().filter(({ kind }) => kind === 'query');
  const unused = queries.map(({ key }): [string, CircuitState] => [key, 'closed']);
  return new Map([...unused, ...breakers.states()]);
}

/** Told once when they begin, or by the state database's observer, and counted after that; a line for each call that they turn away would bury everything else. */
const outages: ReadonlySet<unknown> = new Set([
  'circuit-open',
  'registry-busy',
  'delivery-unavailable',
  'events-unavailable',
  'events-busy',
  'log-unavailable',
  'witnesses-missing',
] satisfies ProblemCode[]);

function levelOf(error: unknown): 'debug' | 'error' {
  return outages.has((error as Partial<Problem> | undefined | null)?.code) ? 'debug' : 'error';
}

async function openRegistries(
  adapters: readonly LoadedAdapter[],
  { settingsOf }: Premises,
  closers: (() => unknown)[],
): Promise<Map<string, Registry>> {
  const opened = new Map<string, Registry>();
  await Promise.all(
    adapters.map(async (adapter) => {
      const { definition } = adapter;
      const registry = await openRegistry(definition, await settingsOf(adapter));
      demandHandlers(definition.manifest, registry);
      closers.push(() => registry.close());
      opened.set(definition.manifest.name, registry);
    }),
  );
  return opened;
}

async function openRegistry(definition: AdapterDefinition, settings: unknown): Promise<Registry> {
  try {
    return await definition.open(settings);
  } catch (cause) {
    throw new Error(`the registry ${definition.manifest.name} cannot be opened: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function demandHandlers(manifest: Manifest, registry: Registry): void {
  const queries = manifest.services.filter(({ kind }) => kind === 'query').map(handlerKey);
  const missing = [
    ...queries.filter((key) => !(key in registry.services)),
    ...(manifest.deliveries ?? []).filter((key) => !(key in (registry.deliveries ?? {}))),
  ];
  if (missing.length > 0) throw new Error(`the adapter ${manifest.name} has no handler for ${missing.join(', ')}`);
}

function trustedKeys(offer: Offer, own: readonly JWK[]): JSONWebKeySet {
  const ownPublic = own.map(({ d: _private, ...publicHalf }) => publicHalf);
  return { keys: [...ownPublic, ...offer.trustedKeys] };
}

function registryHealth(registries: ReadonlyMap<string, Registry>): Dependency[] {
  return [...registries].map(([name, registry]) => ({ name, vital: false, check: (signal) => registry.check(signal) }));
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
