/** What the heart needs from the outside, each the smallest interface that serves it; folders beside this one implement them. */

import type { Problem, ProblemCode } from '../problems.ts';
import type { ExchangeEntry, LogEntry, LogPosition, LookRole } from './entries.ts';
import type { MessageValue, MetaService, PushService, QueryService, Service } from './services.ts';
import type {
  Acceptance,
  Answer,
  Charged,
  Client,
  Credentials,
  FetchedAnswer,
  Grant,
  Message,
  Priority,
  QueryGrant,
  QuotaState,
  RegistryAnswer,
  XRoadId,
} from './types.ts';

export interface Clock {
  /** Wall clock, Unix milliseconds. */
  nowMs(): number;
}

export interface Identity {
  /** Proves that the caller may act as `clientId`. Throws Problem (401, 403). */
  authenticate(credentials: Credentials, clientId: XRoadId): Client | Promise<Client>;
  /** True where the subsystem or member is registered. */
  isRegistered(clientId: XRoadId): boolean;
}

export interface Catalogue {
  find(serviceId: XRoadId, version: string): Service | MetaService | undefined;
  /** Every version of a service. */
  versionsOf(serviceId: XRoadId): readonly Service[];
  /** Every service, in the order of the configuration. */
  all(): readonly Service[];
}

export interface MetaServices {
  /** Answers a meta-service as PR-MREST describes it. Throws Problem. */
  describe(meta: MetaService, client: Client, query: string): Pick<Answer, 'content' | 'contentType'>;
}

export interface MessageParser {
  /** Strict JSON (RFC 8259, RFC 7493). Throws Problem('json-malformed'). */
  parse(content: Uint8Array): unknown;
}

export interface Agreements {
  /** Pure, O(1) in the number of agreements. Throws Problem (403). */
  evaluate(client: Client, service: QueryService, message: Message, nowMs: number): QueryGrant;
  /** The same for a push, which is granted no fields. Throws Problem (403). */
  admit(client: Client, service: PushService, message: Message, nowMs: number): Grant;
  /** True where an agreement in force lets the client call the service for some purpose. */
  mayCall(client: Client, service: Service, nowMs: number): boolean;
  /** Whose quota a call counts against that is refused, whatever it asks for; of several the one for its purpose, or any. */
  chargedFor(client: Client, service: Service, purpose: string | undefined, nowMs: number): Grant | undefined;
}

export interface Quota {
  /** Takes one request from the agreement's bucket, if there is one. */
  charge(charged: Charged): QuotaState | Promise<QuotaState>;
}

/** Who asks the cache, and in whose company: lines of bulk requests come after everybody. */
export interface Asker {
  readonly consumer: XRoadId;
  readonly priority: Priority | 'bulk';
}

export interface AnswerCache {
  /**
   * Gives the kept answer to this question, at once where it lies at hand, or loads it once for all who ask at the same
   * time. A load that fails may be replaced by a stale answer within the service's `staleIfErrorMs`; otherwise its error
   * is thrown to every waiter. The signal handed to `load` is aborted when the last waiter has gone. Whoever has to wait,
   * be it for what others asked, does so as `asker` and where `waits` lets it: otherwise Problem('registry-busy'), or a
   * stale answer. Nobody waits for a load of those who come after it: what they wait for first could be long. What the
   * exchange waited for its quota, `waitedMs`, comes off what it waits for what gateways share.
   */
  through(
    service: QueryService,
    question: MessageValue,
    signal: () => AbortSignal,
    load: (signal: AbortSignal) => Promise<RegistryAnswer>,
    waits?: Waits,
    asker?: Asker,
    waitedMs?: number,
  ): FetchedAnswer | Promise<FetchedAnswer>;
  /**
   * Answers about these people are gone, and those under way are not kept: what follows comes from the registry. Here
   * that holds at once; where answers are shared, everywhere when it resolves, or as soon as what they are shared by is
   * back. Never rejects.
   */
  forget(subjects: readonly string[]): void | Promise<void>;
}

/** What calls to a registry are bounded by. */
export type BreakerTarget = Pick<
  Service,
  | 'id'
  | 'key'
  | 'registry'
  | 'timeoutMs'
  | 'breaker'
  | 'registryConcurrencyMax'
  | 'registryQueueMax'
  | 'registryQueueWaitMs'
>;

export type CircuitState = 'closed' | 'open' | 'half-open';

export interface Breakers {
  /** Half-open: one call may try whether the registry is well again. */
  stateOf(target: BreakerTarget): CircuitState;
  /**
   * Runs the work within the target's time budget, unless its circuit is open or its registry is full. Whoever is named
   * waits a while for a full one; the wait is part of the budget. Throws Problem.
   */
  run<T>(
    target: BreakerTarget,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
    waiter?: Waiter,
  ): Promise<T>;
}

/** In whose turn a call waits: consumers take turns, and interactive calls come before batch. */
export type Waiter = Pick<Grant, 'consumer' | 'priority'>;

/** What a request says of itself before anything is proved or read: good for its place among others, and for no right. */
export interface Claim {
  /** X-Road-Client, canonical; undefined where it is none. */
  readonly consumer: XRoadId | undefined;
  /** `id/version`, canonical. */
  readonly service: string | undefined;
  readonly purpose: string | undefined;
  /** Many messages in one request. */
  readonly isBulk: boolean;
}

export interface Admission {
  /** What whoever is turned away is told to wait. */
  readonly retryAfterSeconds: number;
  /** Gives what gives the place back; undefined where there is none now. */
  enter(claim: Claim): (() => void) | undefined;
  /** True while the gateway has more to do than work that can wait should add to. */
  isPressed(): boolean;
}

/** Keeps exchanges that only wait for a registry or the state database from holding the places of those that the gateway has work with. */
export interface Waits {
  /**
   * Gives what ends the wait, to be called once; undefined where as many wait for the same already as may.
   * @param awaited name of the registry, or `awaitedState`
   */
  begin(consumer: XRoadId, awaited: string): (() => void) | undefined;
}

/** No registry has such a name. */
export const awaitedState = 'state database';

/** Keeps who looks into the log, at oneself or as an auditor, from filling it by looking. */
export interface LookRates {
  /** Takes one look of that subject. Undefined where it may be. */
  take(role: LookRole, by: string): LooksUsedUp | undefined;
}

export interface LooksUsedUp {
  /** Until the next one may be. */
  readonly waitMs: number;
  readonly perSecond: number;
  /** At once. */
  readonly burst: number;
}

/** Accounts for refusals that get no entry of their own, so that neither who has proved nothing nor who goes on looking can make the log grow by being refused. */
export interface RefusalTally {
  /** True where a refusal of an unproved caller at this address may have its own entry. */
  mayRecord(remoteAddress: string): boolean;
  /** The next counting entry holds it. */
  count(problem: ProblemCode, claimed: XRoadId | undefined): void;
}

export interface Registries {
  /** Asks the registry; throws SourceError. The answer is not yet trusted. */
  call(service: QueryService, message: Message, signal: AbortSignal): Promise<unknown>;
}

export interface Deliveries {
  /**
   * Keeps a push, durable, or finds that the same message was kept before. Throws Problem: `message-id-reused` where
   * another message has its name, `delivery-unavailable` where nothing can be kept now.
   */
  accept(push: OfferedPush): Promise<Acceptance>;
  /** The acceptance is in the log: now, and not before, the push may be delivered. */
  recorded(exchangeId: string, position: LogPosition): void;
  /** The exchange was refused after it had been accepted: it is not delivered. */
  forsake(exchangeId: string): void;
  /** Nobody knows whether the acceptance is in the log: it is looked up later, and recorded where it is missing. */
  unsettled(exchangeId: string): void;
}

/** A push that may be accepted. */
export interface OfferedPush {
  readonly service: PushService;
  readonly message: Message;
  readonly sender: XRoadId;
  /** Unix milliseconds. */
  readonly acceptedAtMs: number;
  /** What the sender calls the message; the same name is the same message. */
  readonly messageName: string | undefined;
  readonly official: string | undefined;
  readonly issue: string | undefined;
  /** Id of the push that this one stands in for. */
  readonly corrects: string | undefined;
  /** As it came, UTF-8. */
  readonly content: Uint8Array;
  /** What the log is to hold of the acceptance, should the gateway end before it is there. */
  readonly entry: ExchangeEntry;
}

export interface ExchangeLog {
  /** Why no entry is taken at present; undefined where one is. Costs nothing. */
  refusal(): Problem | undefined;
  /** Numbers the entry among those of its subject; resolves when it is durable on disk. Rejects when it is not, and from then on always. */
  record(entry: LogEntry): Promise<LogPosition>;
}

/** Keyed, one-way names for what the log must not hold in the clear. */
export interface Pseudonyms {
  /** HMAC-SHA-256 of the personal number of whom something is about. */
  person(identifier: string): string;
  /** The names that a person has had under every key so far, the newest first: what a search must look for. */
  personEver(identifier: string): readonly string[];
  /** HMAC-SHA-256 of whoever acts: another name than the same number has as a subject. */
  official(identifier: string): string;
  /** As `personEver`, then the names of a person: officials were once written down like people. */
  officialEver(identifier: string): readonly string[];
  /** HMAC-SHA-256 of a caller's free text, such as a message id. */
  text(value: string): string;
  textEver(value: string): readonly string[];
  /** Keyed digest of a body in RFC 9530 form. */
  digest(content: string | Uint8Array): string;
}

/** Told how long each step took; keeps nothing about the exchange itself. */
export interface StepObserver {
  /** Asked once for each exchange: whether its steps are to be timed. */
  watchesNext(): boolean;
  stepDone(step: string, durationMs: number): void;
}
