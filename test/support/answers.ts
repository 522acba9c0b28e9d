/** What the gateway answers as JSON, route by route; made of the product's own types where it has them. */

import type { AuditRow, DayCount, SubjectAccess } from '../../src/exchange/audit.ts';
import type { LogEntry } from '../../src/exchange/entries.ts';
import type { ToldEvent, WebhookStatus } from '../../src/exchange/events.ts';
import type { ListedTimestamp } from '../../src/exchange/log-ports.ts';
import type { PushDetails, PushTransition } from '../../src/exchange/pushes.ts';
import type { RegistryReport } from '../../src/exchange/registry-reports.ts';
import type { Usage } from '../../src/http/citizen/usage.ts';
import type { DependencyHealth } from '../../src/http/operations-routes.ts';
import type { ProblemCode, Violation } from '../../src/problems.ts';
import type { Flat } from './flat.ts';

/** An entry of the exchange log, of whatever kind. */
export type LoggedEntry = Flat<LogEntry>;

export type Answer = Flat<
  | ShownProblem
  | ShownHealth
  | ShownPush
  | ShownPushes
  | ShownEvents
  | ShownRows
  | ShownExchange
  | ShownAccesses
  | ShownUsages
  | ShownRegistries
  | ShownWebhooks
  | ShownServices
  | SampleAnswer
  | ShownTimestamps
  | ServiceDocument
>;

interface ShownProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ProblemCode;
  readonly message: string;
  readonly errors: readonly Violation[];
  readonly oldestCursor: string;
}

interface ShownHealth {
  readonly status: 'ok' | 'degraded' | 'unready';
  readonly dependencies: readonly DependencyHealth[];
}

interface ShownPush extends Omit<PushDetails, 'id' | 'isFinal' | 'transitions'> {
  readonly exchangeId: string;
  readonly final: boolean;
  readonly transitions: readonly (PushTransition & { readonly receipt: string })[];
  readonly receipt: string;
}

interface ShownPushes {
  readonly exchanges: readonly ShownPush[];
  readonly next: string;
}

interface ShownEvents {
  readonly events: readonly ShownEvent[];
  readonly next: string;
}

export interface ShownEvent extends Omit<ToldEvent, 'data'> {
  readonly data: { readonly message: ToldMessage; readonly result: object };
}

/** What is granted of a change of residence. */
interface ToldMessage {
  readonly pin: string;
  readonly kind: string;
  readonly residence: object;
}

/** Of the log's index: entries, or counts of them. */
interface ShownRows {
  readonly rows: readonly ShownRow[];
  readonly next: string;
}

export type ShownRow = Flat<AuditRow | DayCount>;

interface ShownExchange {
  readonly index: number;
  readonly entry: LoggedEntry;
  readonly row: AuditRow;
  readonly receipt: string;
}

/** Who asked about a person, as auditors are told and as the person is. */
interface ShownAccesses {
  readonly pseudonyms: readonly string[];
  readonly accesses: readonly Flat<SubjectAccess | ShownAccess>[];
  readonly log: string;
  readonly subjects: readonly string[];
  readonly checkpoint: string;
  readonly look: ShownAccess;
}

/** One entry with its proof. */
export interface ShownAccess extends LoggedEntry {
  readonly log: string;
  readonly index: number;
  readonly number: number;
  readonly outcome: string;
  readonly entry: LoggedEntry;
  readonly inclusion: readonly string[];
}

interface ShownTimestamps {
  readonly timestamps: readonly ListedTimestamp[];
  readonly nextPage: string;
}

interface ShownUsages {
  readonly totalUsages: number;
  readonly usages: readonly Usage[];
}

interface ShownRegistries {
  readonly registries: readonly {
    readonly name: string;
    readonly deliveries: { readonly waiting: number; readonly dead: number; readonly oldest: string } | null;
    readonly processes: readonly RegistryReport[];
  }[];
}

interface ShownWebhooks {
  readonly webhooks: readonly WebhookStatus[];
}

/** X-Road's lists of clients and of services. */
interface ShownServices {
  readonly member: readonly { readonly id: { readonly subsystem_code?: string } }[];
  readonly service: readonly ListedService[];
}

export interface ListedService {
  readonly service_code: string;
}

interface SampleAnswer {
  readonly found: boolean;
  readonly person: { readonly residence: object; readonly dateOfBirth: object };
}

interface ServiceDocument {
  readonly openapi: string;
  readonly servers: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentPart>>>>;
  readonly components: DocumentPart;
}

/** What lies below is of many shapes. */
export interface DocumentPart {
  readonly [member: string]: DocumentPart;
}
