/** What an adapter is: a manifest, a way to open its registry, and how to stand up sample data for it. */

import type { LocalText } from '../exchange/types.ts';

/** One service of a registry, as its manifest states it. */
export type ServiceManifest = QueryManifest | PushManifest;

interface ServiceManifestBase {
  /** X-Road service code, such as `get-person`. */
  readonly code: string;
  readonly subsystem: string;
  /** Message version, the path tail: `v1`. */
  readonly version: string;
  readonly title: LocalText;
  readonly description: LocalText;
  /** True where X-Road-UserId must name an official. */
  readonly officialRequired: boolean;
  /** Budget of one call to the registry, milliseconds; for a push, of one attempt of one leg. */
  readonly timeoutMs: number;
  readonly breaker: BreakerManifest;
}

/** Answered from the registry at once. */
export interface QueryManifest extends ServiceManifestBase {
  readonly kind: 'query';
  /** JSON pointer to the subject's PIN in the request. */
  readonly subject: string;
  /** JSON pointer to the object in the answer whose members are the grantable fields. */
  readonly record: string;
  /** JSON pointer to the list of asked-for fields in the request; not part of what the registry is asked. */
  readonly fieldsSelector?: string;
  /** How long an answer may be served from the cache, seconds; 0 switches the cache off. */
  readonly cacheTtlSeconds: number;
  /** How long beyond that a stale answer may stand in for a failing registry, seconds. */
  readonly staleIfErrorSeconds: number;
}

/** Accepted first, then delivered to one registry after the other. */
export interface PushManifest extends ServiceManifestBase {
  readonly kind: 'push';
  /**
   * JSON pointers to PINs in the message; the first that is present names the person whose order is kept and who is the
   * log's subject. Every message must have one of them.
   */
  readonly subject: readonly string[];
  /** JSON pointers to every PIN in the message whose cached answers an effect makes invalid. */
  readonly concerns: readonly string[];
  /** Who is given the message, in this order; by default the registry itself, under the service's own `code.version`. */
  readonly legs?: readonly LegManifest[];
  /** What is announced after the last leg: `birth-registered`. */
  readonly event: string;
  readonly retry: RetryManifest;
}

export interface LegManifest {
  /** Name of the registry's manifest. */
  readonly registry: string;
  /** One of its `deliveries`. */
  readonly delivery: string;
  /** What the exchange's state is called while this leg waits: `awaiting-pin`. */
  readonly state?: string;
}

/** Bounds of trying again where a registry is in trouble. */
export interface RetryManifest {
  /** Failed attempts of one leg after which the message is a dead letter. */
  readonly triesMax: number;
  /** Age since acceptance after which it is one, hours. */
  readonly ageHoursMax: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
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
  /** Keys of the deliveries that the registry takes, those of its own pushes included: `register-birth.v1`. */
  readonly deliveries?: readonly string[];
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

/** One leg of an accepted push, as its registry is given it: perhaps again, perhaps more than once at the same time. */
export interface Delivery {
  /** Of the push: the same in all its legs and however often it is given. */
  readonly exchangeId: string;
  /** Name of the leg, the key of its delivery handler. With the exchange's id it is the key of the registry's inbox. */
  readonly leg: string;
  /** As it was accepted: valid by the schema of the push. */
  // biome-ignore lint/suspicious/noExplicitAny: the message's shape is the push's schema, already checked
  readonly message: any;
  /** Identifier of the subsystem that sent it. */
  readonly sender: string;
  /** When the gateway accepted it, Unix milliseconds: the same however late it is delivered. */
  readonly acceptedAtMs: number;
  /** Results of the legs before this one, by name of the leg. */
  readonly results: Readonly<Record<string, DeliveryResult>>;
}

export type DeliveryResult = Readonly<Record<string, unknown>>;

/** What a registry says to a delivery. Whatever keeps it from saying so is a SourceError: temporary, to be tried again. */
export type DeliveryOutcome = DeliveryDone | DeliveryRefused | DeliveryWaiting;

/** The effect is there, durable. */
export interface DeliveryDone {
  readonly outcome: 'done';
  /** Goes to the later legs and, merged with theirs, to the sender. */
  readonly result?: DeliveryResult;
  /** Further PINs whose cached answers are invalid now: people whom the registry knows of and the message does not name. */
  readonly concerns?: readonly string[];
}

/** The registry will not do it, now or later; nothing has taken effect. */
export interface DeliveryRefused {
  readonly outcome: 'refused';
  readonly reason: RefusalReason;
}

/** Told to the sender: no personal data beyond what the sender's own message holds. */
export interface RefusalReason extends LocalText {
  /** Stable, for programs: `already-registered`. */
  readonly code: string;
}

/** The registry has taken it and will answer later: the same delivery is to be given again after that time. No failure. */
export interface DeliveryWaiting {
  readonly outcome: 'waiting';
  readonly retryAfterMs: number;
}

/**
 * Takes one delivery once: however often it is given, also at the same time, the effect is there once and the outcome is
 * the same (`waiting` aside, which another one follows). Throws SourceError for temporary trouble; whether the effect is
 * there is unknown then, and the same delivery is given again.
 */
export type DeliveryHandler = (delivery: Delivery, call: Pick<Call, 'signal'>) => Promise<DeliveryOutcome>;

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
  /** Opens the registry; throws SourceError if its settings cannot work. Does not wait for the registry to be up. */
  open(settings: Settings): Promise<Registry>;
  /** Stands up the sample registry and returns the settings to open it with. Idempotent: a second call finds its data. */
  embedded?(host: EmbeddedHost): Promise<Settings>;
}
