/** What an adapter is: a manifest, a way to open its registry, and how to stand up sample data for it. */

import type { DeliveryHandler } from './delivery.ts';
import type { Manifest } from './manifest.ts';

/** What a handler may know about the call besides the message. */
export interface Call {
  /** Aborted when the time budget is spent or the caller has gone. */
  readonly signal: AbortSignal;
  readonly exchangeId: string;
}

/**
 * Answers one validated message; throws SourceError when the registry fails. Each handler names the shape that its
 * service's schema gives to the message; `never` lets handlers of all shapes stand in one table.
 */
export type ServiceHandler = (message: never, call: Call) => Promise<unknown>;

/** An open connection to a registry; owns its resources until `close()`. */
export interface Registry {
  /** By `code.version`, such as `get-person.v1`: one handler for each query of the manifest. */
  readonly services: Readonly<Record<string, ServiceHandler>>;
  /** By key: one handler for each of the manifest's `deliveries`. */
  readonly deliveries?: Readonly<Record<string, DeliveryHandler>>;
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
  /**
   * Calls that a source with these settings carries at once: the connections of its pool. The gateway asks no more of it at
   * once, whatever the manifest allows, so that calls wait in its line, each consumer in its turn, and never behind one
   * another in the pool. Absent where nothing but the manifest bounds them.
   */
  callsMax?(settings: Settings): number;
  /** Opens the registry; throws SourceError if its settings cannot work. Does not wait for the registry to be up. */
  open(settings: Settings): Promise<Registry>;
  /** Stands up the sample registry and returns the settings to open it with. Idempotent: a second call finds its data. */
  embedded?(host: EmbeddedHost): Promise<Settings>;
}
