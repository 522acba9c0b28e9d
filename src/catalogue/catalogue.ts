/** Turns manifests and schemas into the services that the gateway offers, once, at start. */

import { handlerKey } from '../adapter-kit/define-adapter.ts';
import type { Manifest, PushManifest, QueryManifest, ServiceManifest } from '../adapter-kit/manifest.ts';
import type { Catalogue } from '../exchange/ports.ts';
import type { MetaService, PushService, QueryService, Service } from '../exchange/services.ts';
import type { XRoadId } from '../exchange/types.ts';
import type { Violation } from '../problems.ts';
import { readAnswerSchema } from './answer-schema.ts';
import { segmentsOf, textAt } from './pointers.ts';
import { pushParts } from './push-service.ts';
import type { SchemaStore } from './schema-store.ts';

/** Where the manifest says nothing: somebody who was just registered should not wait for long to be found. */
const negativeTtlSecondsMax = 15;

type Validator = (value: unknown) => readonly Violation[];

export interface CatalogueDependencies {
  readonly schemas: SchemaStore;
  /** Compiles the schema of that key. */
  readonly compile: (key: string) => Validator;
  /** Subsystems that meta-services may be asked about, those without services included. */
  readonly subsystems: Iterable<XRoadId>;
  /** The identifier with its owner's present code, where a caller still uses a former one. */
  readonly canonical: (id: XRoadId) => XRoadId;
}

/** Throws Error naming manifest and service where a manifest and its schemas do not fit together. */
export function createCatalogue(manifests: readonly Manifest[], deps: CatalogueDependencies): Catalogue {
  const services = manifests.flatMap((manifest) =>
    manifest.services.map((entry) =>
      entry.kind === 'query' ? makeQuery(manifest, entry, deps) : makePush(manifest, entry, deps, manifests),
    ),
  );
  const byKey = new Map<string, Service | MetaService>();
  for (const service of services) {
    if (byKey.has(service.key)) throw new Error(`${service.registry}: ${service.key} is offered twice`);
    byKey.set(service.key, service);
  }
  const subsystems = new Set([...deps.subsystems, ...services.map(({ id }) => parentOf(id))]);
  for (const meta of [...subsystems].flatMap(metaServicesOf)) byKey.set(`${meta.id}/`, meta);
  const versions = Map.groupBy(services, ({ id }) => id);
  return {
    find: (serviceId, version) => byKey.get(`${deps.canonical(serviceId)}/${version}`),
    versionsOf: (serviceId) => versions.get(serviceId) ?? [],
    all: () => services,
  };
}

function requestSchemaKey({ subsystem, code, version }: ServiceManifest): string {
  return `schemas/${subsystem}/${code}.${version}.request.json`;
}

function answerSchemaKey({ subsystem, code, version }: ServiceManifest): string {
  return `schemas/${subsystem}/${code}.${version}.response.json`;
}

function makeQuery(manifest: Manifest, entry: QueryManifest, deps: CatalogueDependencies): QueryService {
  const id = idOf(manifest, entry);
  const record = singleSegment(entry.record, `${id}: record`);
  const subject = singleSegment(entry.subject, `${id}: subject`);
  const fieldsSelector = entry.fieldsSelector && singleSegment(entry.fieldsSelector, `${id}: fieldsSelector`);
  demandMembers(deps.schemas, requestSchemaKey(entry), subject, fieldsSelector);
  const { answerSchema, fields } = readAnswerSchema(deps.schemas, answerSchemaKey(entry), record);
  return {
    ...commonParts(manifest, entry, deps),
    kind: entry.kind,
    handler: handlerKey(entry),
    cacheTtlMs: entry.cacheTtlSeconds * 1000,
    negativeTtlMs: (entry.negativeTtlSeconds ?? Math.min(entry.cacheTtlSeconds, negativeTtlSecondsMax)) * 1000,
    staleIfErrorMs: entry.staleIfErrorSeconds * 1000,
    hedgeAfterMs: hedgeAfterMsOf(entry, id),
    record,
    fields,
    answerSchema,
    subjectOf: textAt([subject]),
    fieldsSelector,
  };
}

function makePush(
  manifest: Manifest,
  entry: PushManifest,
  deps: CatalogueDependencies,
  manifests: readonly Manifest[],
): PushService {
  const keys = { message: requestSchemaKey(entry), result: answerSchemaKey(entry) };
  const parts = pushParts(manifest, entry, keys, { schemas: deps.schemas, manifests });
  return { ...commonParts(manifest, entry, deps), ...parts };
}

function commonParts(manifest: Manifest, entry: ServiceManifest, deps: CatalogueDependencies) {
  const id = idOf(manifest, entry);
  return {
    id,
    version: entry.version,
    key: `${id}/${entry.version}`,
    registry: manifest.name,
    officialRequired: entry.officialRequired,
    timeoutMs: entry.timeoutMs,
    requestViolations: deps.compile(requestSchemaKey(entry)),
    answerViolations: deps.compile(answerSchemaKey(entry)),
    documentation: {
      title: entry.title,
      description: entry.description,
      requestSchema: requestSchemaKey(entry),
      answerSchema: answerSchemaKey(entry),
    },
    breaker: entry.breaker,
    registryConcurrencyMax: manifest.concurrencyMax,
    registryQueueMax: manifest.queueMax ?? 0,
    registryQueueWaitMs: manifest.queueWaitMs ?? 0,
  };
}

function idOf(manifest: Manifest, { subsystem, code }: ServiceManifest): XRoadId {
  return `${manifest.owner}/${subsystem}/${code}`;
}

/** A second attempt that begins when the first is given up could never answer. */
function hedgeAfterMsOf({ hedgeAfterMs, timeoutMs }: QueryManifest, id: XRoadId): number | undefined {
  if (hedgeAfterMs === undefined || hedgeAfterMs < timeoutMs) return hedgeAfterMs;
  throw new Error(`${id}: hedgeAfterMs must be less than timeoutMs`);
}

/** A subject that requests don't have to name would leave the record without the person asked about. */
function demandMembers(schemas: SchemaStore, key: string, subject: string, fieldsSelector: string | undefined): void {
  const schema = schemas.get(key);
  if (schema === undefined) throw new Error(`${key} does not exist`);
  const { properties = {}, required = [] } = schema as { properties?: object; required?: readonly string[] };
  if (!required.includes(subject)) throw new Error(`${key}: the subject ${subject} is not required`);
  for (const name of [subject, fieldsSelector]) {
    if (name !== undefined && !Object.hasOwn(properties, name)) throw new Error(`${key} has no property ${name}`);
  }
}

/** The name of a member of the top level, out of its JSON pointer. */
function singleSegment(pointer: string, what: string): string {
  const [name, ...more] = pointer.startsWith('/') ? segmentsOf(pointer, what) : [];
  if (name === undefined || more.length > 0) throw new Error(`${what} must point to a member of the top level`);
  return name;
}

function parentOf(id: XRoadId): XRoadId {
  return id.slice(0, id.lastIndexOf('/'));
}

const metaMethods: readonly MetaService['method'][] = ['listMethods', 'allowedMethods', 'getOpenAPI'];

function metaServicesOf(subsystem: XRoadId): MetaService[] {
  return metaMethods.map((method) => ({ id: `${subsystem}/${method}`, kind: 'meta', method, subsystem }));
}
