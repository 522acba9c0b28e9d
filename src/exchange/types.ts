/** The values that flow through one exchange; each is the argument of the next step, so that the order of the pipeline is what compiles. */

import type { Problem, ProblemCode, Violation } from '../problems.ts';

/** An X-Road identifier in canonical form: decoded, checked and re-encoded segments joined by `/`, such as `VN/GOV/G01/population`. */
export type XRoadId = string;

export type DataClass = 'basic' | 'sensitive';

/** A request as the heart sees it: no HTTP, nothing trusted yet. */
export interface Incoming {
  /** Exchange id, UUIDv7 (RFC 9562 section 5.7). */
  readonly id: string;
  /** Wall clock, Unix milliseconds. */
  readonly receivedAtMs: number;
  readonly credentials: Credentials;
  /** X-Road-Client, canonical; absent only where the request was refused before it was read. */
  readonly clientId: XRoadId | undefined;
  /** Canonical identifier of the called service. */
  readonly serviceId: XRoadId | undefined;
  /** The path behind the service identifier: the message version, `v1`; empty for a meta-service. */
  readonly version: string;
  /** HTTP method in capitals. */
  readonly verb: string;
  /** Query string without `?`; only meta-services take one. */
  readonly query: string;
  /** X-Road-Id: the caller's own message id, or one made for it. */
  readonly messageId: string;
  /** What the caller itself calls this message: Idempotency-Key, else X-Road-Id; undefined where it sent neither. */
  readonly messageName: string | undefined;
  /** Exchange-Corrects: the id of a push that this one stands in for. */
  readonly corrects: string | undefined;
  readonly official: string | undefined;
  readonly issue: string | undefined;
  readonly representedParty: string | undefined;
  readonly purpose: string | undefined;
  /** The message as it came, UTF-8. */
  readonly content: Uint8Array;
  /** Aborted when the caller has gone; made when first asked for, since what is answered at once needs none. */
  readonly signal: () => AbortSignal;
  /** Who the credentials proved `clientId` to be, where that was asked before the message was read. */
  readonly proven?: Client | undefined;
  /** As the caller sent it, unread: W3C Trace Context. */
  readonly traceParent?: string | undefined;
}

export interface Credentials {
  /** Of `Authorization: Bearer`. */
  readonly bearerToken: string | undefined;
  /** Peer address of the connection; forwarded headers are not believed. */
  readonly remoteAddress: string;
}

/** A caller whose right to the client identifier has been proved. */
export interface Client {
  /** Subsystem (or member) identifier. */
  readonly id: XRoadId;
  /** Decree 85/2016 safety level of the subsystem, 1 to 5. */
  readonly safetyLevel: number;
  readonly authenticatedBy: 'token' | 'address';
  /** Services that this way of connecting is confined to; undefined is no confinement. */
  readonly confinedTo: ReadonlySet<XRoadId> | undefined;
}

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
  /** Calls that the registry takes at once, over all its services. */
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
  /** Every PIN in message and result of people whom the event is about. */
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

/** A request that is JSON; its schema has not been asked. */
export interface ParsedRequest {
  readonly value: unknown;
  /** Personal number, where the message has one at the service's place for it, whatever else is wrong with the message. */
  readonly subject: string | undefined;
}

/** A request that its schema allows. */
export interface Message {
  readonly value: MessageValue;
  readonly subject: string | undefined;
  /** Fields the caller asked for; undefined is all that is granted. */
  readonly requestedFields: readonly string[] | undefined;
  /** What the registry is asked: the value without the choice of fields, so that all consumers share one cached answer. */
  readonly question: MessageValue;
  readonly purpose: string | undefined;
  readonly exchangeId: string;
  /** Aborted when the caller has gone. */
  readonly signal: () => AbortSignal;
}

/** What an agreement gives to this one exchange. */
export interface Grant {
  readonly consumer: XRoadId;
  readonly agreementId: string;
  readonly legalBasis: string;
  readonly purpose: string;
  /** Paths of the fields that the answer may hold, sorted; none for a push. */
  readonly fields: readonly string[];
  readonly quota: QuotaPolicy;
}

/** A service together with what is granted of it. */
export type Right =
  | { readonly kind: 'query'; readonly service: QueryService; readonly grant: QueryGrant }
  | { readonly kind: 'push'; readonly service: PushService; readonly grant: Grant };

/** What an agreement gives to a query. */
export interface QueryGrant extends Grant {
  /** Prints the granted fields of a full answer, and can print no other. */
  readonly disclose: (answer: RegistryAnswer) => Disclosure;
}

export interface Disclosure {
  /** JSON. */
  readonly content: string;
  /** Paths of the granted fields that the answer really held, sorted. */
  readonly fields: readonly string[];
  /** The content's UTF-8 bytes as characters of one byte, which need no encoding when they are sent; of a kept answer. */
  readonly bytes?: string | undefined;
  /** Of a kept answer. */
  readonly recorded?: RecordedForms | undefined;
}

/** What the log's entries say of a kept answer that is disclosed in this form, made for the first of them. */
export interface RecordedForms {
  evidence: Evidence | undefined;
  /** Pseudonym of the person whom it is about. */
  subject: string | undefined;
}

export interface QuotaPolicy {
  /** Requests that may follow at once. */
  readonly burst: number;
  readonly requestsPerSecond: number;
}

/** A registry's answer as the cache gives it back. */
export interface FetchedAnswer {
  readonly answer: RegistryAnswer;
  readonly source: 'registry' | 'cache' | 'stale';
  /** Where it was kept; undefined where it comes from the registry. */
  readonly level: 'memory' | 'redis' | undefined;
  /** Age, milliseconds. */
  readonly ageMs: number;
  /** Time for which the answer stays fresh; 0 where it was not kept, milliseconds. */
  readonly ttlMs: number;
  /** How long the registry took; 0 on a hit, milliseconds. */
  readonly registryMs: number;
  /** Lies beside a kept answer; undefined where the answer is not kept. */
  readonly lastDisclosed?: LastDisclosed | undefined;
}

/** What was disclosed of a kept answer last, by which filter: the same again need not be printed again. */
export interface LastDisclosed {
  by: QueryGrant['disclose'] | undefined;
  disclosure: Disclosure | undefined;
}

/** State of a quota after a charge; becomes RateLimit headers. */
export interface QuotaState {
  readonly policy: QuotaPolicy;
  readonly granted: boolean;
  /** Whole requests left now. */
  readonly remaining: number;
  /** Seconds until the bucket is full again. */
  readonly resetSeconds: number;
  /** Seconds until one request is there again; 0 where it was granted. */
  readonly retryAfterSeconds: number;
}

/** A registry's full answer that its schema allows. */
export interface RegistryAnswer {
  readonly found: boolean;
  readonly [record: string]: unknown;
}

/** `gateway` is an answer out of the catalogue itself. */
export type AnswerSource = FetchedAnswer['source'] | 'gateway';

/** What leaves the pipeline: everything a reply needs, nothing of how it is sent. */
export interface Answer {
  readonly content: string;
  /** As in Disclosure. */
  readonly bytes?: string | undefined;
  readonly recorded?: RecordedForms | undefined;
  readonly contentType: string;
  readonly source: AnswerSource;
  /** As in FetchedAnswer. */
  readonly level?: FetchedAnswer['level'];
  /** Age of a cached answer, whole seconds. */
  readonly ageSeconds: number;
  /** Seconds for which the answer stays fresh; undefined where nothing is cached. */
  readonly ttlSeconds: number | undefined;
  /** Fields disclosed: those granted and present in the answer. */
  readonly fields: readonly string[];
  /** How long the registry took; 0 where none was asked, milliseconds. */
  readonly registryMs: number;
  /** Of a push: it is kept and will be delivered. */
  readonly accepted?: Acceptance;
}

/** A push that is durable. */
export interface Acceptance {
  /** Of the exchange that is delivered: an earlier one where the same message came before. */
  readonly exchangeId: string;
  /** Where the earlier one's acceptance stands in the log; undefined where this is the first. */
  readonly repeats: LogPosition | undefined;
}

/** What is known of an exchange so far; a refused one is recorded with whatever its trail holds. */
export interface Trail {
  client?: Client;
  service?: Service | MetaService;
  parsed?: ParsedRequest;
  message?: Message;
  grant?: Grant;
  quota?: QuotaState;
}

/** What the log keeps: pseudonyms and keyed digests, never a personal number, a name or a message. Undefined members are not printed. */
export type LogEntry = ExchangeEntry | DeliveryEntry | EventEntry | LookEntry | AdminEntry | RefusalsEntry;

interface EntryBase {
  /** UUIDv7 (RFC 9562 section 5.7). */
  readonly id: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  /** X-Road-Issue. */
  readonly issue: string | undefined;
  /** Pseudonym of the official who asked; of the token's subject in a look. */
  readonly official: string | undefined;
  /** Pseudonym of the person whom it is about. */
  readonly subject: string | undefined;
  /** Counts the entries of this log about this subject, from 1 and without a gap; given by the log itself. */
  readonly subjectNumber: number | undefined;
  /** HTTP status of the reply. */
  readonly status: number;
  readonly problem: ProblemCode | undefined;
  readonly durationMs: number;
}

/** One exchange below `/r1`. */
export interface ExchangeEntry extends EntryBase {
  readonly kind: 'query' | 'push';
  /** Of a push: the exchange that the same message began, and that alone is delivered. */
  readonly repeats?: string | undefined;
  /** Of a push: the exchange that it stands in for. */
  readonly corrects?: string | undefined;
  readonly consumer: XRoadId | undefined;
  /** X-Road-Client of a caller who could not prove it; only where such a subsystem is registered. */
  readonly claimedConsumer: XRoadId | undefined;
  readonly representedParty: string | undefined;
  readonly service: XRoadId | undefined;
  readonly version: string | undefined;
  readonly purpose: string | undefined;
  readonly agreement: string | undefined;
  readonly legalBasis: string | undefined;
  /** Keyed digest of X-Road-Id: an auditor who knows the id finds the exchange. */
  readonly message: string;
  readonly request: Evidence;
  readonly answer: Evidence | undefined;
  readonly fields: readonly string[] | undefined;
  readonly source: AnswerSource | undefined;
  readonly registryMs: number | undefined;
}

/** An accepted push came into another state. Where the gateway ended in between, the same step may be there twice. */
export interface DeliveryEntry extends EntryBase {
  readonly kind: 'delivery';
  /** Id of the push. */
  readonly exchange: string;
  /** Who sent it. */
  readonly consumer: XRoadId;
  readonly service: XRoadId;
  readonly version: string;
  /** `delivering`, `delivered`, `refused`, `retrying`, `dead`, `discarded`, or the name that a leg has for waiting: `awaiting-pin`. */
  readonly state: string;
  readonly leg: string | undefined;
  /** Attempt of the leg, from 1. */
  readonly try: number | undefined;
  /** RFC 3339. */
  readonly nextTry: string | undefined;
  /** Code of a registry's refusal, or why it was discarded. */
  readonly reason: string | undefined;
}

/** A subscriber is told of an event about the person; recorded before it is told, for each time and each person anew. */
export interface EventEntry extends EntryBase {
  readonly kind: 'event';
  /** Name of the event: `death-registered`. */
  readonly action: string;
  readonly agreement: string;
  /** Who is told. */
  readonly consumer: XRoadId;
  /** Id of the push. */
  readonly exchange: string;
  /** Disclosed fields. */
  readonly fields: readonly string[];
  readonly legalBasis: string;
  readonly purpose: string;
  readonly service: XRoadId;
  readonly version: string;
}

/** Somebody read what the log holds: an auditor about others, or a person about themselves. */
export interface LookEntry extends EntryBase {
  readonly kind: 'audit';
  readonly look: Look;
  readonly role: LookRole;
  /** What was searched for; people as pseudonyms. */
  readonly filters: Readonly<Record<string, string>> | undefined;
}

export type LookRole = 'auditor' | 'citizen' | 'operator';

/** `exchanges`, `exchange`, `statistics`, `subjects`, `export`: the audit index; `entries`: bundles of the log; `accesses`: one's own. */
export type Look =
  | 'exchanges'
  | 'exchange'
  | 'statistics'
  | 'subjects'
  | 'export'
  | 'entries'
  | 'receipt'
  | 'evidence'
  | 'accesses';

/** An operator changed something that others rely on. */
export interface AdminEntry extends EntryBase {
  readonly kind: 'admin';
  readonly action: AdminAction;
  /** A closed list instead of free text, in which somebody's name could stand. Undefined where it was refused, unread. */
  readonly reason: EraseReason | DiscardReason | undefined;
  /** Of whoever was refused; else it was an operator. */
  readonly role: LookRole | undefined;
  /** Id of the push that it is about. */
  readonly exchange?: string | undefined;
  /** The subsystem whose webhook it is about. */
  readonly consumer?: XRoadId | undefined;
}

/**
 * Exchanges that were refused before anything of them was proved, one kind of refusal and one claimed consumer together:
 * `durationMs` is the time over which they were counted, `time` its end.
 */
export interface RefusalsEntry extends EntryBase {
  readonly kind: 'refusals';
  /** X-Road-Client as claimed; only where such a subsystem is registered. */
  readonly claimedConsumer: XRoadId | undefined;
  readonly count: number;
  readonly problem: ProblemCode;
}

export type AdminAction = 'erase-subject-key' | 'redeliver' | 'discard' | 'restart-webhook';

/** Why a push is given up. `corrected`: another one was accepted in its place. */
export type DiscardReason = 'corrected' | 'sent-in-error' | 'settled-elsewhere' | 'cannot-be-delivered';

export type EraseReason = 'subject-request' | 'retention-ended' | 'unlawful-processing' | 'court-order';

/** What shows later which body an exchange had: a keyed digest of it, or where it lies sealed and what the sealed form is. */
export interface Evidence {
  /** Of the body, or of what is sealed of it. */
  readonly bytes: number;
  /** RFC 9530 form: `hmac-sha-256=:base64:` of the body under the evidence key; `sha-256=:base64:` of its sealed form. */
  readonly digest: string;
  readonly sealed?: SealedPlace | undefined;
}

/** A record in the evidence files. */
export interface SealedPlace {
  /** Name of the file. */
  readonly file: string;
  /** Byte at which the record begins. */
  readonly offset: number;
}

/** Where an entry stands in the log, from 0. */
export interface LogPosition {
  readonly index: number;
  /** Of the entry among those of this log about its subject; undefined where it has none. */
  readonly subjectNumber?: number | undefined;
}

export type Outcome = { readonly answer: Answer } | { readonly problem: Problem };

/** A recorded exchange: only now may a reply leave. */
export interface Settled {
  readonly outcome: Outcome;
  readonly position: LogPosition;
  readonly trail: Trail;
}
