/** What the heart needs from the outside, each the smallest interface that serves it; folders beside this one implement them. */

import type { Problem, ProblemCode } from '../problems.ts';
import type {
  Acceptance,
  Answer,
  Client,
  Credentials,
  Evidence,
  ExchangeEntry,
  FetchedAnswer,
  Grant,
  LogEntry,
  LogPosition,
  Message,
  MessageValue,
  MetaService,
  PushService,
  QueryGrant,
  QueryService,
  QuotaState,
  RegistryAnswer,
  Service,
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
  charge(grant: Grant): QuotaState | Promise<QuotaState>;
}

export interface AnswerCache {
  /**
   * Gives the kept answer to this question, at once where it lies at hand, or loads it once for all who ask at the same
   * time. A load that fails may be replaced by a stale answer within the service's `staleIfErrorMs`; otherwise its error
   * is thrown to every waiter. The signal handed to `load` is aborted when the last waiter has gone.
   */
  through(
    service: QueryService,
    question: MessageValue,
    signal: () => AbortSignal,
    load: (signal: AbortSignal) => Promise<RegistryAnswer>,
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
   * Runs the work within the target's time budget, unless its circuit is open or its registry is full. A consumer that is
   * named waits a while for a full one, each consumer in its turn; the wait is part of the budget. Throws Problem.
   */
  run<T>(
    target: BreakerTarget,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
    consumer?: XRoadId,
  ): Promise<T>;
}

/** `interactive`: somebody waits for the answer. `batch` is turned away first. */
export type Priority = 'interactive' | 'batch';

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
  /** Gives what ends the wait; to be called once. */
  begin(consumer: XRoadId): () => void;
}

/** Accounts for refusals that get no entry of their own, so that nobody can make the log grow by being refused. */
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

/** The log as anyone may read it: static files, named as C2SP tlog-tiles names them. */
export interface LogFiles {
  /** The newest signed checkpoint; undefined where there is none yet. */
  checkpoint(): string | Promise<string | undefined>;
  /** `tile/0/x001/067`, `tile/entries/000.p/17`, `timestamps/0000000000000300.tsr`; undefined for every other name. */
  locate(path: string): LogFile | undefined;
  /** Timestamps of checkpoints with more than `after` entries, in their order, `limit` at most. */
  timestamps(after: number, limit: number): Promise<TimestampPage>;
}

export interface TimestampPage {
  readonly timestamps: readonly ListedTimestamp[];
  /** Path of the next page, relative to the log; undefined on the last one. */
  readonly nextPage: string | undefined;
}

/** Paths are relative to the log. */
export interface ListedTimestamp {
  /** Entries of the checkpoint. */
  readonly size: number;
  /** TimeStampResp (RFC 3161) over the checkpoint's bytes. */
  readonly token: string;
  /** The signed note that it is for. */
  readonly checkpoint: string;
}

export interface LogFile {
  /** Entries are for auditors; their hashes are for everyone. */
  readonly readers: 'everyone' | 'auditors';
  readonly mediaType: string;
  /** Undefined where the log has no such file. */
  open(): Promise<OpenLogFile | undefined>;
}

export interface OpenLogFile {
  readonly bytes: number;
  /** From byte `start` up to and with byte `end`. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface Receipts {
  /** The exchange as it is recorded; undefined where the log has none of that id (a UUIDv7). */
  find(exchangeId: string): Promise<RecordedExchange | undefined>;
  /** Waits a while for a checkpoint that covers the exchange. Throws Problem('checkpoint-pending'). */
  prove(recorded: RecordedExchange): Promise<Receipt>;
}

export interface RecordedExchange extends LogPosition {
  /** Canonical JSON. */
  readonly entry: Buffer;
  /** Whose exchange it is; undefined where nobody proved to be its caller. */
  readonly consumer: XRoadId | undefined;
  /** Origin of the log in which it stands; undefined where only one is asked. */
  readonly log?: string;
}

/** Shows offline that an exchange is in the log; both forms say the same. */
export interface Receipt {
  readonly json: string;
  /** C2SP tlog-proof@v1, with the entry as its extra data. */
  readonly tlogProof: string;
}

/** A witness of other parties' logs (C2SP tlog-witness). */
export interface Witness {
  /** The body of an `add-checkpoint` request. Rejects where the new state cannot be made durable: then nothing is cosigned. */
  addCheckpoint(request: Uint8Array): Promise<WitnessAnswer>;
  /** The newest checkpoint that was cosigned, with its cosignature, by the SHA-256 of its log's origin, lower-case hexadecimal. */
  checkpoint(originHash: string): string | undefined;
}

export type WitnessAnswer =
  /** Signature lines of a signed note. */
  | { readonly kind: 'cosigned'; readonly lines: string }
  /** Entries of the checkpoint that was cosigned last. */
  | { readonly kind: 'conflict'; readonly size: number }
  | {
      readonly kind: 'malformed' | 'unknown-log' | 'not-signed' | 'not-consistent';
      /** For whoever runs the log. */
      readonly reason: string;
    };

/** The gateway's own log, for those who show entries with their proofs. */
export interface OwnLog {
  readonly origin: string;
  /** In that order, all in one checkpoint; waits a while for one that covers them. Throws Problem('checkpoint-pending'). */
  prove(indexes: readonly number[]): Promise<ProvenEntries>;
  /** RFC 3339, of the first entry; undefined where there is none. */
  begunAt(): Promise<string | undefined>;
}

/** The other logs of the same data folder, each written by a process of its own. */
export interface OtherLogs {
  /** As the own log does; undefined for a log that is not among them. Throws Problem('checkpoint-pending'). */
  prove(origin: string, indexes: readonly number[]): Promise<ProvenEntries | undefined>;
  /** False where the index does not hold all that is in them now, after that time. */
  caughtUp(timeoutMs: number): Promise<boolean>;
}

export interface ProvenEntries {
  /** Signed note. */
  readonly checkpoint: string;
  readonly entries: readonly ProvenEntry[];
}

export interface ProvenEntry {
  readonly index: number;
  /** Canonical JSON. */
  readonly entry: Buffer;
  /** Hashes in base64, from the leaf's sibling up. */
  readonly inclusion: readonly string[];
}

/** Keeps the bodies of some services' exchanges so that only auditors can read them, and nobody once the subject's key is erased. */
export interface EvidenceVault {
  seals(serviceId: XRoadId): boolean;
  /** Resolves when the sealed bodies are durable. Rejects when they cannot be, and after a failed write or sync always. */
  seal(bodies: ExchangeBodies): Promise<SealedBodies>;
}

export interface ExchangeBodies {
  readonly exchangeId: string;
  /** Pseudonym. */
  readonly subject: string;
  readonly request: Uint8Array;
  /** Undefined where the exchange was refused. */
  readonly answer: string | undefined;
}

export interface SealedBodies {
  readonly request: Evidence;
  readonly answer: Evidence | undefined;
}

export interface SealedEvidence {
  /**
   * What an auditor opens with their private key: the subject's layer taken off, the auditors' still on. Undefined where
   * the exchange has no sealed bodies. Throws Problem('evidence-erased') where nobody can read them any more.
   */
  read(recorded: RecordedExchange): Promise<OpenableEvidence | undefined>;
}

/** Printed as it is; what `lienthong evidence open` takes. */
export interface OpenableEvidence {
  readonly exchange: string;
  /** JWE (RFC 7516 section 7.2.1) of the data key. */
  readonly key: object;
  /** In base64, with which the digests of the entry begin. */
  readonly header: string;
  /** In base64: nonce, ciphertext, tag. */
  readonly request: string;
  readonly answer: string | undefined;
}

export interface SubjectKeys {
  /** Makes unreadable what was sealed about the person so far, by every name the person has had. Nothing happens where there is no key. */
  erase(subjects: readonly string[]): Promise<void>;
}

export interface Callers {
  /** Throws Problem (401). */
  identify(bearerToken: string | undefined): Promise<Caller>;
}

export type Role = 'client' | 'auditor' | 'citizen' | 'operator';

/** What an auditor's token allows: searching and reading exchanges, counting them, asking by person, raw bundles, sealed bodies. */
export type AuditScope = 'exchanges' | 'statistics' | 'subjects' | 'entries' | 'evidence';

/** Whom a token was issued for. */
export interface Caller {
  /** Member or subsystem, an auditor's or operator's name, a citizen's personal number. */
  readonly id: string;
  readonly role: Role;
  /** What an auditor may do; empty for every other role. */
  readonly scopes: ReadonlySet<AuditScope>;
  /** The member whose exchanges an auditor is confined to, as consumer or as owner of the service; undefined is all. */
  readonly confinedTo: XRoadId | undefined;
  /** True where the token lets its holder act as that subsystem. */
  covers(clientId: XRoadId): boolean;
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

/** How one process gets on with a registry; nothing about any exchange. */
export interface RegistryUse {
  /** Calls that the registry works on. */
  readonly inFlight: number;
  /** Calls that wait for their turn. */
  readonly queued: number;
  /** Of the last calls, as many as `health.latencyCallsMax` at most; undefined where there was none. */
  readonly latency: { readonly calls: number; readonly p50Ms: number; readonly p99Ms: number } | undefined;
  readonly lastError: RegistryFailure | undefined;
}

export interface RegistryFailure {
  readonly code: ProblemCode;
  /** RFC 3339. */
  readonly at: string;
  readonly service: XRoadId;
}

/** One registry as one process sees it. */
export interface RegistryReport extends Partial<RegistryUse> {
  readonly name: string;
  readonly owner: XRoadId;
  /** What its health check says. */
  readonly ok: boolean;
  readonly reason: string | undefined;
  /** State of each of its circuits, by service and version. */
  readonly circuits: Readonly<Record<string, CircuitState>>;
  /** Of the circuit that all deliveries to it share; undefined where it takes none. */
  readonly deliveryCircuit: CircuitState | undefined;
}

/** Undefined where that process does not serve or gives no answer. */
export interface ProcessReport {
  /** Among several, from 1; undefined where it is the only one. */
  readonly worker: number | undefined;
  readonly registries: readonly RegistryReport[] | undefined;
}
