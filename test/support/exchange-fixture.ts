/** The heart of the gateway with everything that ships around it in memory, a log on a real disk, and a registry that answers as told. */

import type { Test } from 'tap';
import type { ServiceHandler } from '../../src/adapter-kit/types.ts';
import type { Agreement } from '../../src/agreements/agreement.ts';
import { createAgreements } from '../../src/agreements/agreements.ts';
import { createBreakers } from '../../src/breaker/breakers.ts';
import { createMemoryCache } from '../../src/cache/memory-cache.ts';
import { createRegistries } from '../../src/catalogue/registries.ts';
import type { LogEntry } from '../../src/exchange/entries.ts';
import type { EvidenceVault } from '../../src/exchange/log-ports.ts';
import { createExchange, type Exchange } from '../../src/exchange/pipeline.ts';
import type { Catalogue, Deliveries, Pseudonyms, Quota } from '../../src/exchange/ports.ts';
import type { QueryService, Service } from '../../src/exchange/services.ts';
import type { Incoming, Settled } from '../../src/exchange/types.ts';
import { createPseudonyms } from '../../src/exchange-log/pseudonyms.ts';
import { realDisk } from '../../src/exchange-log/store/disk.ts';
import { createMetaServices } from '../../src/http/meta-services.ts';
import { Problem } from '../../src/problems.ts';
import { createMemoryQuota } from '../../src/quota/memory-quota.ts';
import { parseJson } from '../../src/validation/index.ts';
import { agreementFixture } from './agreement-fixture.ts';
import { createSettableClock, type SettableClock } from './clock-fixture.ts';
import { createIdentityFixture } from './identity-fixture.ts';
import { type IncomingChanges, incomingFixture } from './incoming-fixture.ts';
import { type WatchedDisk, watchDisk } from './log-disk-fixture.ts';
import { readLogFiles } from './log-files.ts';
import { makeLogFolder, openTestLog, type TestLogSetup } from './log-fixture.ts';
import { shippedCatalogue } from './service-fixture.ts';

export interface ExchangeFixture {
  readonly exchange: Exchange;
  readonly clock: SettableClock;
  readonly disk: WatchedDisk;
  /** Steps in the order in which they ended. */
  readonly steps: string[];
  readonly faults: { readonly problem: Problem; readonly exchangeId: string }[];
  /** Exchanges that began, and ended, to wait for a registry. */
  readonly waits: { readonly begun: number; readonly ended: number };
  /** Questions that reached a registry, in order. */
  readonly asked: { readonly handler: string; readonly question: unknown; readonly signal: AbortSignal }[];
  /** A request with a token for its client. */
  request(changes?: IncomingChanges): Promise<Incoming>;
  /** `exchange.exchange` of such a request. */
  send(changes?: IncomingChanges): Promise<Settled>;
  /** What the log holds on disk. */
  entries(): Promise<LogEntry[]>;
}

export interface ExchangeSetup {
  readonly agreements?: readonly Agreement[];
  /** Answers every service; the shipped sample is one known person. */
  readonly registry?: ServiceHandler;
  /** Seals bodies; none are without it. */
  readonly evidence?: EvidenceVault;
  /** Instead of one in memory. */
  readonly quota?: Quota;
  /** Laid over those of every fixture. */
  readonly pseudonyms?: Partial<Pseudonyms>;
  /** Accepts pushes; nothing can without it. */
  readonly deliveries?: Deliveries;
  /** Laid over the log's setup. */
  readonly log?: Partial<TestLogSetup>;
  /** Laid over every service. */
  readonly service?: Partial<QueryService>;
  /** Laid over the services of one registry. */
  readonly serviceOf?: Readonly<Record<string, Partial<QueryService>>>;
}

export const knownPerson = {
  found: true,
  person: {
    pin: '099190000001',
    status: 'active',
    fullName: 'Nguyễn Thị Hòa',
    sex: 'female',
    ethnicity: 'Kinh',
    religion: 'Không',
  },
} as const;

/** Those of every fixture. */
export const pseudonyms = createPseudonyms({ pseudonym: Buffer.alloc(32, 1), evidence: Buffer.alloc(32, 2) });

const noDeliveries: Deliveries = {
  accept: async () => {
    throw new Problem('delivery-unavailable', 'This gateway has no state database.');
  },
  recorded: () => undefined,
  forsake: () => undefined,
  unsettled: () => undefined,
};

export async function createExchangeFixture(t: Test, setup: ExchangeSetup = {}): Promise<ExchangeFixture> {
  const clock = createSettableClock();
  const { identity, token } = await createIdentityFixture(clock);
  const catalogue = changedCatalogue(setup);
  const agreements = createAgreements(setup.agreements ?? [agreementFixture()], catalogue.versionsOf, {
    fieldFiltersMax: 100,
    safetyLevelMin: { basic: 2, sensitive: 3 },
  });
  const disk = watchDisk(realDisk);
  const folder = await makeLogFolder(t);
  const log = await openTestLog({ folder, disk, clock, ...setup.log });
  const breakers = createBreakers({ interactiveTurns: 4 }, () => undefined);
  t.teardown(() => {
    disk.release();
    breakers.close();
    return log.close();
  });
  const steps: string[] = [];
  const faults: ExchangeFixture['faults'] = [];
  const asked: ExchangeFixture['asked'] = [];
  const waits = { begun: 0, ended: 0 };
  const begin = () => {
    waits.begun += 1;
    return () => {
      waits.ended += 1;
    };
  };
  const handlerOf = ({ handler }: QueryService): ServiceHandler => {
    return async (question, call) => {
      asked.push({ handler, question, signal: call.signal });
      return (setup.registry ?? (async () => knownPerson))(question, call);
    };
  };
  const exchange = createExchange({
    identity,
    catalogue,
    agreements,
    clock,
    log,
    breakers,
    parser: { parse: (content) => parseJson(content, { depthMax: 32 }) },
    metaServices: createMetaServices({ catalogue, agreements, clock, openApiOf: (id) => JSON.stringify({ id }) }),
    quota: setup.quota ?? createMemoryQuota({ bucketsMax: 1000 }, clock),
    cache: createMemoryCache({ entriesMax: 1000, bytesMax: 1 << 20 }, clock),
    waits: { begin },
    registries: createRegistries(registriesOf(catalogue, handlerOf)),
    pseudonyms: { ...pseudonyms, ...setup.pseudonyms },
    evidence: setup.evidence,
    deliveries: setup.deliveries ?? noDeliveries,
    observer: { watchesNext: () => true, stepDone: (step) => steps.push(step) },
    onFault: (problem, exchangeId) => faults.push({ problem, exchangeId }),
  });
  const request = async (changes: IncomingChanges = {}) => {
    const clientId = 'clientId' in changes ? changes.clientId : 'VN/GOV/G22/portal';
    const credentials = { bearerToken: await token(clientId ?? 'VN/GOV/G22'), remoteAddress: '127.0.0.1' };
    return incomingFixture({ receivedAtMs: clock.nowMs(), credentials, ...changes });
  };
  return {
    exchange,
    clock,
    disk,
    steps,
    faults,
    asked,
    waits,
    request,
    send: async (changes) => exchange.exchange(await request(changes)),
    entries: async () => (await readLogFiles(folder)).map((entry) => JSON.parse(entry.toString())),
  };
}

function changedCatalogue({ service = {}, serviceOf = {} }: ExchangeSetup): Catalogue {
  const changed = (one: Service): Service =>
    one.kind === 'push' ? one : { ...one, ...service, ...serviceOf[one.registry] };
  return {
    find: (id, version) => {
      const found = shippedCatalogue.find(id, version);
      return found === undefined || found.kind === 'meta' ? found : changed(found);
    },
    versionsOf: (id) => shippedCatalogue.versionsOf(id).map(changed),
    all: () => shippedCatalogue.all().map(changed),
  };
}

function registriesOf(catalogue: Catalogue, handlerOf: (service: QueryService) => ServiceHandler) {
  const queries = catalogue.all().filter((service) => service.kind === 'query');
  return new Map(
    [...Map.groupBy(queries, ({ registry }) => registry)].map(([name, services]) => [
      name,
      {
        services: Object.fromEntries(services.map((service) => [service.handler, handlerOf(service)])),
        check: async () => undefined,
        close: async () => undefined,
      },
    ]),
  );
}
