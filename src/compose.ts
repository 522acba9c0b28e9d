/** Makes a running gateway out of configuration and data folder; the only file that knows every folder. */

import type { JSONWebKeySet, JWK } from 'jose';
import { createAgreements } from './agreements/agreements.ts';
import { createPriorities } from './agreements/priorities.ts';
import { createSubscriptions } from './agreements/subscriptions.ts';
import { createBreakers } from './breaker/breakers.ts';
import { createPatientBreakers } from './breaker/patient-breakers.ts';
import type { Company } from './company.ts';
import { openDeliveries } from './compose-deliveries.ts';
import { openEvents } from './compose-events.ts';
import { openHttp } from './compose-http.ts';
import { openLogs } from './compose-logs.ts';
import { openShared, type Shared } from './compose-redis.ts';
import {
  createLineCheck,
  openCalls,
  openRegistries,
  registryHealth,
  statesOf,
  tellCapacity,
} from './compose-registries.ts';
import { openTelemetry } from './compose-telemetry.ts';
import { createDeliverySecrets } from './deliveries/secrets.ts';
import { readDeliveryKey } from './delivery-key.ts';
import { openKeys } from './embedded/keys.ts';
import { createLooks } from './exchange/looks.ts';
import type { ExchangeDependencies } from './exchange/pipeline.ts';
import type { AnswerCache, Clock } from './exchange/ports.ts';
import { createExchangeIds } from './exchange-ids.ts';
import { createPseudonyms } from './exchange-log/pseudonyms.ts';
import { realDisk } from './exchange-log/store/disk.ts';
import { levelOf } from './fault-level.ts';
import type { Gateway, GatewayOptions, Recording } from './gateway.ts';
import { createLooking } from './http/looking.ts';
import { createMetaServices } from './http/meta-services.ts';
import { serviceDocument } from './http/openapi/document.ts';
import { createCallers } from './identity/callers.ts';
import { createIdentity } from './identity/identity.ts';
import { createTokens, issueToken } from './identity/tokens.ts';
import { createLeaving } from './leaving.ts';
import { gatewayItself } from './look-up-turns.ts';
import type { Offer } from './offer.ts';
import { createAdmission } from './overload/admission.ts';
import { createLookRates } from './overload/look-rates.ts';
import { createRefusals } from './overload/refusals.ts';
import { openPremises } from './premises.ts';
import { createRegistryReports } from './registry-reports.ts';
import { rest } from './rest.ts';
import { withinCapacity } from './source-capacity.ts';
import { createStateWrites } from './state/state-writes.ts';
import { createHealth } from './telemetry/health.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createRegistryWatch } from './telemetry/registry-watch.ts';
import { parseJson } from './validation/index.ts';
import { pinFault } from './validation/pin.ts';

const clock: Clock = { nowMs: Date.now };

/** Throws, with everything closed again, where a part cannot be started. */
export async function composeGateway(options: GatewayOptions): Promise<Gateway> {
  const closers: (() => unknown)[] = [];
  const closeAll = async () => {
    const failures: unknown[] = [];
    // What a full disk keeps from closing must not leave servers and locks behind.
    for (const close of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
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
  const { directory, schemas } = offer;
  const settings = offer.configuration.gateway;
  const premises = options.premises ?? (await openPremises(options));
  closers.push(() => premises.close());
  const { folder } = premises;
  const watch = createRegistryWatch({
    clock,
    latencyCallsMax: settings.health.latencyCallsMax,
    observer: {
      registryCalled: (...call) => metrics.registryCalled(...call),
      registryFailed: (...failure) => metrics.registryFailed(...failure),
    },
  });
  const unwatched = createBreakers(settings.overload, (service, circuit) =>
    logger.warn({ service, circuit }, 'circuit changed'),
  );
  const breakers = watch.over(unwatched);
  closers.push(() => breakers.close());
  const bulkBreakers = watch.over(createPatientBreakers(unwatched, settings.bulk, rest));
  const metrics = createMetrics(
    {
      registries: watch.uses,
      dataFolder: folder.path,
      circuits: () => statesOf(offer.catalogue, breakers),
      logWritable: () => logs.log.failure === undefined,
      formerLogs: () => logs.former.map(({ place, isWritable }) => ({ log: place.origin, isWritable: isWritable() })),
      timestampMs: () => logs.timestamps?.generatedMs,
      evidenceWritable: () => logs.evidences?.failure === undefined,
      indexLag: () => logs.index.lag(),
      stateWritable: () => stateWrites.refusal() === undefined,
      overload: () => admission.state(),
    },
    company?.number,
  );
  const registered = (claimed: string) =>
    directory.subsystem(directory.canonical(claimed)) && directory.canonical(claimed);
  const admission = createAdmission({
    settings: settings.overload,
    registered,
    priorityOf: createPriorities(offer.configuration.agreements, offer.catalogue.versionsOf),
    isLineFull: createLineCheck(offer.catalogue, breakers),
  });
  closers.push(() => admission.close());
  const stateWrites = createStateWrites({
    // As long as whoever tries again may pause, and what the try takes.
    heldMs: settings.state.retryMsMax * 2,
    refused: (reason) => logger.error({ reason }, 'the state database takes no writes: no pushes, the index waits'),
  });
  const disk = options.wrapLogDisk?.(realDisk) ?? realDisk;
  const recordFailed = oneTime(options.recordFailed);
  const logs = await openLogs(
    { offer, premises, company, recordFailed, disk, stateWrites, clock, metrics, logger },
    closers,
  );
  const { keys, log } = logs;
  const { registries, callsMax } = await openRegistries(offer.adapters, premises, closers);
  tellCapacity(offer.catalogue, callsMax, logger);
  const catalogue = withinCapacity(offer.catalogue, callsMax);
  const tokens = createTokens(trustedKeys(offer, keys.token), settings.identity, clock, (pin) =>
    pinFault(pin, settings.validation.samplePins),
  );
  const identity = createIdentity(directory, tokens);
  const agreements = createAgreements(offer.configuration.agreements, catalogue.versionsOf, settings.agreements);
  const openApiOf = (id: string) => JSON.stringify(serviceDocument(catalogue.versionsOf(id), schemas, { version }));
  const parser = { parse: (content: Uint8Array) => parseJson(content, { depthMax: settings.validation.jsonDepthMax }) };
  const pseudonyms = createPseudonyms(keys.pseudonyms);
  const makeId = createExchangeIds(clock.nowMs);
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
  const { quota } = shared;
  const itself = { asker: gatewayItself, signal: new AbortController().signal };
  const findInLog = (id: string) => logs.own.receipts.find(id, itself);
  const told = {
    offer,
    locate,
    stateWrites,
    secrets,
    secret,
    subscriptions,
    quota,
    pseudonyms,
    makeId,
    clock,
    metrics,
    logger,
  };
  const events = openEvents({ ...told, log, findInLog });
  closers.push(() => events.close());
  const deliveries = openDeliveries({
    configuration: offer.configuration,
    locate,
    stateWrites,
    secrets,
    audience: { events: subscriptions.services, senders: finalStateReceivers(offer) },
    announced: events.announced,
    log,
    ownLog: log,
    findInLog,
    arrivedElsewhere: logs.book.arrivedElsewhere,
    catalogue,
    registries,
    breakers,
    cache,
    pseudonyms,
    makeId,
    clock,
    metrics,
    logger,
  });
  closers.push(() => deliveries.close());
  // A named key is meant to be that of the state database. One of the data folder's own may stand beside others': then no pushes are taken.
  if (settings.deliveries.keyFile !== undefined) await deliveries.demandKey(settings.state.connectTimeoutMs);
  company?.siblings.on('arrived', deliveries.arrived);
  const refusals = createRefusals({
    settings: settings.overload,
    clock,
    log,
    registered,
    makeId,
    counted: metrics.refusalCounted,
    onFault: (error) => logger[levelOf(error)]({ error }, 'counted refusals could not be recorded yet'),
  });
  closers.push(() => refusals.close());
  const telemetry = await openTelemetry({
    configuration: offer.configuration,
    version,
    worker: company?.number,
    metrics,
    logger,
  });
  const recording: Recording = { log, pseudonyms };
  const exchange: ExchangeDependencies = {
    identity,
    catalogue,
    agreements,
    clock,
    ...(options.replaceRecording?.(recording) ?? recording),
    parser,
    evidence: logs.evidences,
    metaServices: createMetaServices({ catalogue, agreements, clock, openApiOf }),
    quota,
    cache,
    waits: admission.waits,
    deliveries,
    breakers,
    registries: openCalls({ registries, settings: settings.attempts, breakers, telemetry, metrics }),
    observer: metrics,
    onFault: (problem, exchangeId) => logger[levelOf(problem)]({ exchangeId, error: problem }, problem.code),
  };
  const dependencies = [
    logs.logHealth,
    ...logs.recordHealth,
    logs.stateHealth,
    ...shared.health,
    ...registryHealth(registries),
    deliveries.health,
  ];
  const leaving = createLeaving(createHealth(dependencies, settings.health, clock), settings.shutdown.unreadyMs);
  const { health } = leaving;
  const reports = createRegistryReports({ adapters: offer.adapters, catalogue, breakers, watch, health });
  const looks = createLooks({ clock, log, pseudonyms });
  const rates = createLookRates({ citizens: settings.accesses, auditors: settings.audit, clock });
  const callers = createCallers(directory, tokens);
  const looking = createLooking({ callers, looks, rates, refusals, limits: settings.xRoad });
  const http = await openHttp({
    offer,
    version,
    company,
    exchange,
    bulkBreakers,
    overExchange: telemetry.overExchange,
    pseudonyms,
    admission,
    refusals,
    logs,
    deliveries,
    events,
    looking,
    health,
    registries: reports,
    makeId,
    metrics,
    logger,
  });
  // After the last exchange, and before what the metrics are read from is closed.
  closers.push(() => telemetry.close());
  closers.push(() => http.close());
  return {
    app: http.app,
    auditIndex: logs.index.auditIndex,
    stopRegistry: premises.holdRegistry,
    health,
    registries: reports,
    metrics: metrics.expose,
    stateTried: Promise.all([logs.index.tried, events.tried, deliveries.tried]),
    listen: (host, port) => http.app.listen({ host, port }),
    issueToken: (request) =>
      issueToken(keys.token[0] as JWK, { ...request, audience: settings.identity.audience }, clock.nowMs()),
    leave: () => leaving.begin(http.app.server),
    endWaits: http.endWaits,
    close: closeAll,
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

/** Log and evidence fail together on one disk. */
function oneTime(tell: (() => void) | undefined): () => void {
  let told = false;
  return () => {
    if (!told) tell?.();
    told = true;
  };
}

/** Senders that are sent what becomes of their pushes. */
function finalStateReceivers({ receivers }: Offer): ReadonlySet<string> {
  return new Set(receivers.filter(({ streams }) => streams.includes('final-states')).map(({ id }) => id));
}

function trustedKeys(offer: Offer, own: readonly JWK[]): JSONWebKeySet {
  const ownPublic = own.map(({ d: _private, ...publicHalf }) => publicHalf);
  return { keys: [...ownPublic, ...offer.trustedKeys] };
}
