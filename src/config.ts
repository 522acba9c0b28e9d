/** What can be configured, and the whole of a configuration folder, read at once. */

import { statSync } from 'node:fs';
import path from 'node:path';
import type { Agreement } from './agreements/agreement.ts';
import type { AgreementSettings } from './agreements/agreements.ts';
import type { AuditIndexSettings } from './audit/audit-index.ts';
import type { TailSettings } from './audit/index-tail.ts';
import type { AttemptSettings } from './breaker/attempts.ts';
import type { LineSettings } from './breaker/breakers.ts';
import type { PatientBreakerSettings } from './breaker/patient-breakers.ts';
import type { SharedCacheSettings } from './cache/shared-cache.ts';
import { ConfigError, ConfigReader, type ConfigTexts, readSchemas } from './config-reader.ts';
import type { DeliverySettings } from './deliveries/settings.ts';
import type { ChildLimits } from './embedded/child-process.ts';
import type { PostgresLimits } from './embedded/postgres-settings.ts';
import type { RestartLimits } from './embedded/supervise.ts';
import type { EventSettings } from './events/settings.ts';
import type { AccessSettings } from './exchange/accesses.ts';
import type { PacedQuotaSettings } from './exchange/bulk/paced-quota.ts';
import type { EvidenceLimits } from './exchange-log/evidence/vault.ts';
import type { ExchangeLogSettings } from './exchange-log/log-setup.ts';
import type { OwnLogSetup } from './exchange-log/own-log.ts';
import type { ReceiptSettings } from './exchange-log/receipts.ts';
import type { TimestampSettings } from './exchange-log/timestamps/timestamps.ts';
import type { WitnessSettings } from './exchange-log/witness/peers.ts';
import type { ReopenSettings } from './former-log.ts';
import type { AuditLimits } from './http/audit/audit-dependencies.ts';
import type { BulkSettings } from './http/bulk/bulk-settings.ts';
import type { CitizenLimits } from './http/citizen/citizen-dependencies.ts';
import type { EventLimits } from './http/event-routes.ts';
import type { HttpLimits } from './http/hygiene.ts';
import type { PaceLimits } from './http/pace.ts';
import type { XRoadHeaderLimits } from './http/x-road/headers.ts';
import type { Member } from './identity/members.ts';
import type { TokenSettings } from './identity/tokens.ts';
import type { LookUpSettings } from './look-up-turns.ts';
import type { NameSettings } from './names/settings.ts';
import type { LookRateSettings } from './overload/look-rates.ts';
import type { RefusalSettings } from './overload/refusals.ts';
import type { OverloadSettings } from './overload/settings.ts';
import type { SharedQuotaSettings } from './quota/shared-quota.ts';
import type { RedisSettings } from './redis/settings.ts';
import type { StateSettings } from './state/settings.ts';
import type { HealthSettings } from './telemetry/health.ts';
import type { LoggerSettings } from './telemetry/logger.ts';
import type { OtlpSettings } from './telemetry/otlp/settings.ts';
import type { WebhookSettings } from './webhooks/settings.ts';
import type { WorkerSettings } from './workers/settings.ts';

export interface GatewaySettings {
  readonly instance: string;
  readonly node: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly http: HttpLimits & {
    readonly bodyBytesMax: number;
    readonly connectionsMax: number;
  };
  readonly xRoad: XRoadHeaderLimits & { readonly identifiersRememberedMax: number };
  readonly validation: { readonly samplePins: boolean; readonly violationsMax: number; readonly jsonDepthMax: number };
  readonly identity: TokenSettings & { readonly trustedKeysFile?: string };
  readonly agreements: AgreementSettings;
  readonly quota: SharedQuotaSettings;
  readonly cache: SharedCacheSettings & { readonly keyFile?: string };
  /** Absent where nothing is shared. */
  readonly redis?: RedisSettings;
  readonly exchangeLog: ExchangeLogSettings &
    ReopenSettings & {
      readonly origin: string;
      readonly witnesses?: WitnessSettings;
      readonly timestamps?: TimestampSettings;
    };
  readonly receipts: ReceiptSettings & LookUpSettings;
  /** Absent where no bodies are sealed. */
  readonly evidence?: EvidenceSettings;
  readonly audit: AuditLimits & LookRateSettings;
  readonly state: StateSettings;
  readonly index: AuditIndexSettings & Pick<TailSettings, 'batchEntriesMax' | 'pauseMs'>;
  readonly deliveries: DeliverySettings;
  readonly events: EventSettings & EventLimits & { readonly connectionsMax: number };
  readonly webhooks: WebhookSettings;
  readonly bulk: BulkSettings & PacedQuotaSettings & PatientBreakerSettings;
  readonly overload: OverloadSettings & RefusalSettings & LineSettings & PaceLimits;
  readonly attempts: AttemptSettings;
  readonly names: NameSettings;
  readonly accesses: AccessSettings & CitizenLimits & LookRateSettings & Pick<OwnLogSetup, 'proofsAtOnceMax'>;
  readonly embedded: {
    readonly postgres: PostgresLimits;
    readonly child: ChildLimits;
    readonly restart: RestartLimits;
  };
  readonly workers: WorkerSettings;
  readonly health: HealthSettings & { readonly latencyCallsMax: number };
  readonly shutdown: { readonly unreadyMs: number; readonly failedMs: number; readonly graceMs: number };
  readonly logging: LoggerSettings;
  /** Absent where no collector is sent anything. */
  readonly telemetry?: { readonly otlp: OtlpSettings };
}

export interface EvidenceSettings extends EvidenceLimits {
  /** Services whose bodies are sealed. */
  readonly services: readonly string[];
  /** Files of the auditors' public keys, relative to the configuration folder. */
  readonly auditorKeyFiles: readonly string[];
}

export interface RegistryEntry {
  readonly adapter: string;
  readonly source: 'embedded' | Readonly<Record<string, unknown>>;
}

/** The configuration as it was read; deeply frozen. */
export interface Configuration {
  readonly folder: string;
  /** Of its files: whoever is given them reads this very configuration, whatever is in the folder by then. */
  readonly texts: ConfigTexts;
  readonly gateway: GatewaySettings;
  readonly members: readonly Member[];
  readonly agreements: readonly Agreement[];
  readonly registries: readonly RegistryEntry[];
  /** File that an agreement came from, for faults found later. */
  readonly fileOf: (agreement: Agreement) => string;
}

/** `schemaFolder` holds the JSON Schemas of the files; `known` stands for what the files hold now. Throws ConfigError with every fault of every file. */
export async function loadConfiguration(
  folder: string,
  schemaFolder: string,
  env: NodeJS.ProcessEnv,
  known?: ConfigTexts,
): Promise<Configuration> {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) {
    const message = found === undefined ? 'there is no such folder' : 'is a file: name the folder that it is in';
    throw new ConfigError([{ file: folder, at: '', message }]);
  }
  const reader = new ConfigReader(folder, await readSchemas(schemaFolder), env, known);
  const gateway = await reader.read<GatewaySettings>('gateway.yaml', 'gateway', 'gateway.patch.yaml');
  const members = await reader.read<{ members: Member[] }>('members.yaml', 'members');
  const registries = await reader.read<{ registries: RegistryEntry[] }>('registries.yaml', 'registries');
  const files = new Map<Agreement, string>();
  for (const file of await reader.list('agreements')) {
    const agreement = await reader.read<Agreement>(file, 'agreement');
    if (agreement !== undefined) files.set(agreement, file);
  }
  if (gateway === undefined || members === undefined || registries === undefined || reader.faults.length > 0) {
    throw new ConfigError(reader.faults);
  }
  return {
    folder,
    texts: reader.texts,
    gateway,
    members: members.members,
    agreements: [...files.keys()],
    registries: registries.registries,
    fileOf: (agreement) => files.get(agreement) ?? 'agreements',
  };
}

/** One YAML file against the schema of that name; both as `loadConfiguration` reads them. Throws ConfigError with every fault. */
export async function loadConfigFile<T>(
  file: string,
  schema: string,
  { schemaFolder, env }: { readonly schemaFolder: string; readonly env: NodeJS.ProcessEnv },
): Promise<T> {
  const reader = new ConfigReader(path.dirname(file), await readSchemas(schemaFolder), env);
  const value = await reader.read<T>(path.basename(file), schema);
  if (value === undefined) throw new ConfigError(reader.faults);
  return value;
}
