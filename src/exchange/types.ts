/** The values that flow through one exchange; each is the argument of the next step, so that the order of the pipeline is what compiles. */

import type { Problem } from '../problems.ts';
import type { LogPosition, SealedPlace } from './entries.ts';
import type { MessageValue, MetaService, PushService, QueryService, Service } from './services.ts';

/** An X-Road identifier in canonical form: decoded, checked and re-encoded segments joined by `/`, such as `VN/GOV/G01/population`. */
export type XRoadId = string;

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

/** `interactive`: somebody waits for the answer. `batch` is turned away first. */
export type Priority = 'interactive' | 'batch';

/** What an agreement gives to this one exchange. */
export interface Grant {
  readonly consumer: XRoadId;
  readonly priority: Priority;
  readonly agreementId: string;
  readonly legalBasis: string;
  readonly purpose: string;
  /** Paths of the fields that the answer may hold, sorted; none for a push. */
  readonly fields: readonly string[];
  readonly quota: QuotaPolicy;
}

/** What a quota is kept by: one bucket for each agreement. */
export type Charged = Pick<Grant, 'agreementId' | 'quota'>;

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
  /** Undefined where no registry was asked. */
  readonly forwarded?: Forwarded | undefined;
  /** Lies beside a kept answer; undefined where the answer is not kept. */
  readonly lastDisclosed?: LastDisclosed | undefined;
}

/** Why and how a registry was asked (RFC 9211 sections 2.2, 2.5 and 2.6). */
export interface Forwarded {
  /** Nothing was kept, or nothing that was fresh; `bypass`: answers of the service are not kept. */
  readonly because: 'miss' | 'stale' | 'bypass';
  /** The answer is kept in this process. */
  readonly isStored: boolean;
  /** Another one had asked the same already, and was waited for. */
  readonly isCollapsed: boolean;
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
  /** As in FetchedAnswer. */
  readonly forwarded?: FetchedAnswer['forwarded'];
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
  /** Where the earlier one's acceptance stands, in the log of that origin; undefined where this is the first. */
  readonly repeats: (LogPosition & { readonly log: string }) | undefined;
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

/** What shows later which body an exchange had: a keyed digest of it, or where it lies sealed and what the sealed form is. */
export interface Evidence {
  /** Of the body, or of what is sealed of it. */
  readonly bytes: number;
  /** RFC 9530 form: `hmac-sha-256=:base64:` of the body under the evidence key; `sha-256=:base64:` of its sealed form. */
  readonly digest: string;
  readonly sealed?: SealedPlace | undefined;
}

export type Outcome = { readonly answer: Answer } | { readonly problem: Problem };

/** A recorded exchange: only now may a reply leave. */
export interface Settled {
  readonly outcome: Outcome;
  readonly position: LogPosition;
  readonly trail: Trail;
  /** Where it is traced and its caller began no trace: what the caller goes on with (W3C Trace Context, section 3.2). */
  readonly traceParent?: string;
}
