/** What an adapter is: a manifest, a way to open its registry, and how to stand up sample data for it. */

import type { LocalText } from '../exchange/types.ts';

/** One service of a registry, as its manifest states it. */
export interface ServiceManifest {
  /** X-Road service code, such as `get-person`. */
  readonly code: string;
  readonly subsystem: string;
  /** Message version, the path tail: `v1`. */
  readonly version: string;
  readonly kind: 'query';
  readonly title: LocalText;
  readonly description: LocalText;
  /** JSON pointer to the subject's PIN in the request. */
  readonly subject: string;
  /** JSON pointer to the object in the answer whose members are the grantable fields. */
  readonly record: string;
  /** JSON pointer to the list of asked-for fields in the request; not part of what the registry is asked. */
  readonly fieldsSelector?: string;
  /** True where X-Road-UserId must name an official. */
  readonly officialRequired: boolean;
  /** Budget of one call to the registry, milliseconds. */
  readonly timeoutMs: number;
  /** How long an answer may be served from the cache, seconds; 0 switches the cache off. */
  readonly cacheTtlSeconds: number;
  /** How long beyond that a stale answer may stand in for a failing registry, seconds. */
  readonly staleIfErrorSeconds: number;
  readonly breaker: BreakerManifest;
}

export interface BreakerManifest {
  /** Share of failed calls in the window that opens the circuit, percent. */
  readonly errorThresholdPercent: number;
  /** Calls in the window below which the circuit never opens. */
  readonly volumeThreshold: number;
  readonly windowMs: number;
  /** How long the circuit stays open before one call may try again, milliseconds. */
  readonly resetMs: number;
}

export interface Manifest {
  readonly name: string;
  readonly title: LocalText;
  /** X-Road member identifier of the owner: `VN/GOV/G01`. */
  readonly owner: string;
  /** Calls that the registry takes at once, over all its services. */
  readonly concurrencyMax: number;
  readonly services: readonly ServiceManifest[];
}

/** What a handler may know about the call besides the message. */
export interface Call {
  /** Aborted when the time budget is spent or the caller has gone. */
  readonly signal: AbortSignal;
  readonly exchangeId: string;
}

/** Answers one validated message; throws SourceError when the registry fails. */
// biome-ignore lint/suspicious/noExplicitAny: the message's shape is the service's schema, already checked
export type ServiceHandler = (message: any, call: Call) => Promise<unknown>;

/** An open connection to a registry; owns its resources until `close()`. */
export interface Registry {
  /** By `code.version`, such as `get-person.v1`: one handler for each service of the manifest. */
  readonly services: Readonly<Record<string, ServiceHandler>>;
  /** Resolves when the registry answers; throws SourceError when it does not. */
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** A database that the gateway provides on the embedded default; the adapter fills it with its sample data. */
export interface EmbeddedDatabase {
  /** postgres:// URL of a database of the adapter's own on the embedded PostgreSQL. */
  readonly url: string;
}

/** What the gateway hands to an adapter that has to stand up its sample registry. */
export interface EmbeddedHost {
  /** Creates the database if absent. */
  database(name: string): Promise<EmbeddedDatabase>;
  /** A folder of the adapter's own in the data folder, mode 0700. */
  readonly folder: string;
  /** A fresh or kept key pair and certificate under the data folder's own authority, PEM. */
  certificate(commonName: string): Promise<{ readonly ca: string; readonly cert: string; readonly key: string }>;
  /** Starts a child process of this Node with the given module; it is ended with the gateway. Resolves with what the child sends as `{ ready: true, ...}`. */
  child(module: URL, env: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>>;
}

export interface AdapterDefinition<Settings = unknown> {
  readonly manifest: Manifest;
  /** JSON Schema of the adapter's `source` in registries.yaml. */
  readonly settingsSchema: Readonly<Record<string, unknown>>;
  /** Opens the registry; throws SourceError if its settings cannot work. Does not wait for the registry to be up. */
  open(settings: Settings): Promise<Registry>;
  /** Stands up the sample registry and returns the settings to open it with. Idempotent: a second call finds its data. */
  embedded?(host: EmbeddedHost): Promise<Settings>;
}
