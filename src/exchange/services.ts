/** What a registry offers: queries and pushes as manifests describe them, with their fields, limits and words. */

import type { Violation } from '../problems.ts';
import type { XRoadId } from './types.ts';

export type DataClass = 'basic' | 'sensitive';

/** A grantable field of a service's answer, relative to its record: `residence.permanent`. Arrays are transparent. */
export interface Field {
  readonly path: string;
  readonly dataClass: DataClass;
}

/** One service that the gateway offers, made from a manifest and its schemas. */
export type Service = QueryService | PushService;

interface ServiceBase {
  readonly id: XRoadId;
  readonly version: string;
  /** `id/version`: unique. */
  readonly key: string;
  /** Name of the adapter whose registry offers it. */
  readonly registry: string;
  readonly officialRequired: boolean;
  /** Budget of one call to a registry. */
  readonly timeoutMs: number;
  /** Reads the subject's PIN out of a valid message. */
  readonly subjectOf: (message: MessageValue) => string | undefined;
  /** Every rule of the request's schema that the value breaks; none where it is valid. */
  readonly requestViolations: (value: unknown) => readonly Violation[];
  /** The same for the answer of a query and for the result of a push. */
  readonly answerViolations: (value: unknown) => readonly Violation[];
  readonly documentation: ServiceDocumentation;
  readonly breaker: BreakerPolicy;
  /** Calls that the registry takes at once, over all its services, by its manifest or, where that is less, its source. */
  readonly registryConcurrencyMax: number;
  /** Calls that may wait for one of these to end; 0 where none may. */
  readonly registryQueueMax: number;
  readonly registryQueueWaitMs: number;
}

/** Answered from its registry at once. */
export interface QueryService extends ServiceBase {
  readonly kind: 'query';
  /** `code.version`, the registry's handler. */
  readonly handler: string;
  readonly cacheTtlMs: number;
  /** The same for an answer that nobody was found. */
  readonly negativeTtlMs: number;
  readonly staleIfErrorMs: number;
  /** Without an answer by then the registry is asked once more; undefined where it is not. */
  readonly hedgeAfterMs?: number | undefined;
  /** Member of the answer that holds the record. */
  readonly record: string;
  /** Every grantable field, by path. */
  readonly fields: ReadonlyMap<string, Field>;
  /** JSON Schema of the whole answer, references resolved and annotations dropped; field filters are cut from it. */
  readonly answerSchema: AnswerSchema;
  /** Member of the message that lists the asked-for fields, if the service has one. */
  readonly fieldsSelector: string | undefined;
}

/** Accepted first, then delivered to one registry after the other; its result is there after the last. */
export interface PushService extends ServiceBase {
  readonly kind: 'push';
  /** In the order in which they are delivered; at least one. */
  readonly legs: readonly PushLeg[];
  /** Every PIN in a valid message whose cached answers an effect makes invalid. */
  readonly concernsOf: (message: MessageValue) => readonly string[];
  /** What is announced after the last leg: `birth-registered`. */
  readonly event: string;
  /** What an agreement can grant of that event, by path into message and result: `message.deceased.pin`. */
  readonly announced: ReadonlyMap<string, Field>;
  /** Every PIN in message and result of people whom the push and its event are about, the subject first: each has its order. */
  readonly personsIn: (message: MessageValue, result: MessageValue) => readonly string[];
  readonly retry: RetryPolicy;
}

export interface PushLeg {
  readonly registry: string;
  /** Key of the registry's delivery handler; unique among the legs of a service, so that it names the leg. */
  readonly delivery: string;
  /** What the exchange's state is called while this leg waits for the registry's answer: `awaiting-pin`. */
  readonly state: string | undefined;
  /** Calls that this leg's registry takes at once, over all its services. */
  readonly registryConcurrencyMax: number;
}

/** Bounds of trying again where a registry is in trouble. */
export interface RetryPolicy {
  /** Failed attempts of one leg after which a message is a dead letter. */
  readonly triesMax: number;
  /** Age since acceptance after which it is one, hours. */
  readonly ageHoursMax: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
}

/** What people and generators are told of a service. */
export interface ServiceDocumentation {
  readonly title: LocalText;
  readonly description: LocalText;
  /** Keys of the schemas, such as `schemas/population/get-person.v1.request.json`. */
  readonly requestSchema: string;
  readonly answerSchema: string;
}

export interface LocalText {
  readonly en: string;
  readonly vi: string;
}

export type MessageValue = Readonly<Record<string, unknown>>;

/** The part of JSON Schema that decides what an answer can hold. */
export interface AnswerSchema {
  readonly type: string;
  readonly properties?: Readonly<Record<string, AnswerSchema>>;
  readonly items?: AnswerSchema;
}

export interface BreakerPolicy {
  readonly errorThresholdPercent: number;
  readonly volumeThreshold: number;
  readonly windowMs: number;
  readonly resetMs: number;
}

/** Describes the catalogue instead of asking a registry: listMethods, allowedMethods, getOpenAPI (PR-MREST). */
export interface MetaService {
  readonly id: XRoadId;
  readonly kind: 'meta';
  readonly method: 'listMethods' | 'allowedMethods' | 'getOpenAPI';
  /** The subsystem whose services are described. */
  readonly subsystem: XRoadId;
}
