/** What a running gateway is asked for, and what it is made with. */

import type { App } from './app.ts';
import type { Company } from './company.ts';
import type { AuditIndex } from './exchange/audit.ts';
import type { ExchangeLog, Pseudonyms } from './exchange/ports.ts';
import type { RegistryReport } from './exchange/registry-reports.ts';
import type { Disk } from './exchange-log/store/disk.ts';
import type { TokenRequest } from './identity/tokens.ts';
import type { Offer } from './offer.ts';
import type { Premises } from './premises.ts';
import type { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';

export interface GatewayOptions {
  readonly offer: Offer;
  readonly dataFolder: string;
  readonly version: string;
  readonly logger: Logger;
  /** Told once where nothing, or nothing of what is sealed, can be recorded any more: only a start mends that. */
  readonly recordFailed?: () => void;
  /** Stands between the log and its disk; for tests that hold the disk back. */
  readonly wrapLogDisk?: (disk: Disk) => Disk;
  /** Stands in for what exchanges are recorded with; for measurements of what recording costs. */
  readonly replaceRecording?: (recording: Recording) => Recording;
  /** Of one worker among several; a process by itself opens its own, and owns `dataFolder` alone. */
  readonly premises?: Premises;
  readonly company?: Company;
}

export interface Recording {
  readonly log: ExchangeLog;
  readonly pseudonyms: Pseudonyms;
}

export interface Gateway {
  readonly app: App;
  readonly auditIndex: AuditIndex;
  /** Listens and returns the base URL. */
  listen(host: string, port: number): Promise<string>;
  /** Signs a token with the data folder's key. */
  issueToken(request: Omit<TokenRequest, 'audience'>): Promise<string>;
  /** Ends an embedded sample registry's processes, as an outage would; what it resolves with starts them again. */
  stopRegistry(name: string): Promise<() => Promise<void>>;
  /** Of this process alone. */
  readonly health: () => Promise<readonly Health[]>;
  readonly registries: () => Promise<readonly RegistryReport[]>;
  readonly metrics: () => Promise<string>;
  /** Resolves when everything that needs the state database has it, or could not have it at the first attempt. */
  readonly stateTried: Promise<unknown>;
  /** From now on unready, and each answer ends its connection; resolves after `shutdown.unreadyMs`. */
  leave(): Promise<void>;
  /** Whoever waits for an event is answered now, and bulk requests end after the lines that are begun; `close` begins with it. */
  endWaits(): void;
  /** Finishes exchanges in flight within the grace time, then closes everything in reverse order. */
  close(): Promise<void>;
}
