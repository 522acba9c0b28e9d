/** What a registry offers and within which limits, as its manifest.json states it (adapters/manifest.schema.json). */

import type { LocalText } from '../exchange/services.ts';

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
  /** The same for an answer that nobody was found, seconds; 15, or `cacheTtlSeconds` where that is shorter, if absent. */
  readonly negativeTtlSeconds?: number;
  /** How long beyond that a stale answer may stand in for a failing registry, seconds. */
  readonly staleIfErrorSeconds: number;
  /** Without an answer by then the registry is asked once more, and what answers first is taken, milliseconds; never where absent. */
  readonly hedgeAfterMs?: number;
}

/** Accepted first, then delivered to one registry after the other. */
export interface PushManifest extends ServiceManifestBase {
  readonly kind: 'push';
  /**
   * JSON pointers to PINs in the message; the first that is present names the person who is the log's subject. Every
   * message must have one of them.
   */
  readonly subject: readonly string[];
  /** JSON pointers to every PIN in the message whose cached answers an effect makes invalid, and whose order is kept. */
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
  /** Calls that may wait for one of these to end, those of each consumer in their turn; none where absent. */
  readonly queueMax?: number;
  /** After which a waiting call is refused, milliseconds; it is part of the call's `timeoutMs`. */
  readonly queueWaitMs?: number;
  readonly services: readonly ServiceManifest[];
  /** Keys of the deliveries that the registry takes, those of its own pushes included: `register-birth.v1`. */
  readonly deliveries?: readonly string[];
}
