/** Reads the configuration folder, checks it against the schemas beside it, and names every fault at once by file and path. */

import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import type { Agreement } from './agreements/agreement.ts';
import type { AgreementSettings } from './agreements/agreements.ts';
import type { AuditIndexSettings } from './audit/audit-index.ts';
import type { TailSettings } from './audit/index-tail.ts';
import type { AttemptSettings } from './breaker/attempts.ts';
import type { SharedCacheSettings } from './cache/shared-cache.ts';
import type { DeliverySettings } from './deliveries/settings.ts';
import type { ChildLimits } from './embedded/child-process.ts';
import type { PostgresLimits } from './embedded/postgres-settings.ts';
import type { RestartLimits } from './embedded/supervise.ts';
import type { EventSettings } from './events/settings.ts';
import type { AccessSettings } from './exchange/accesses.ts';
import type { PacedQuotaSettings } from './exchange/bulk/paced-quota.ts';
import type { PatientBreakerSettings } from './exchange/bulk/patient-breakers.ts';
import type { EvidenceLimits } from './exchange-log/evidence/vault.ts';
import type { ExchangeLogSettings } from './exchange-log/log-setup.ts';
import type { OwnLogSetup } from './exchange-log/own-log.ts';
import type { ReceiptSettings } from './exchange-log/receipts.ts';
import type { TimestampSettings } from './exchange-log/timestamps/timestamps.ts';
import type { WitnessSettings } from './exchange-log/witness/peers.ts';
import type { AuditLimits } from './http/audit/audit-dependencies.ts';
import type { BulkSettings } from './http/bulk/bulk-settings.ts';
import type { CitizenLimits } from './http/citizen/citizen-dependencies.ts';
import type { EventLimits } from './http/event-routes.ts';
import type { HttpLimits } from './http/hygiene.ts';
import type { XRoadHeaderLimits } from './http/x-road/headers.ts';
import type { Member } from './identity/members.ts';
import type { TokenSettings } from './identity/tokens.ts';
import type { RefusalSettings } from './overload/refusals.ts';
import type { OverloadSettings } from './overload/settings.ts';
import type { SharedQuotaSettings } from './quota/shared-quota.ts';
import type { RedisSettings } from './redis/settings.ts';
import type { StateSettings } from './state/settings.ts';
import type { HealthSettings } from './telemetry/health.ts';
import type { LoggerSettings } from './telemetry/logger.ts';
import type { OtlpSettings } from './telemetry/otlp/settings.ts';
import { createValidation, type Validation } from './validation/index.ts';
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
  readonly exchangeLog: ExchangeLogSettings & {
    readonly origin: string;
    readonly witnesses?: WitnessSettings;
    readonly timestamps?: TimestampSettings;
  };
  readonly receipts: ReceiptSettings;
  /** Absent where no bodies are sealed. */
  readonly evidence?: EvidenceSettings;
  readonly audit: AuditLimits;
  readonly state: StateSettings;
  readonly index: AuditIndexSettings & Pick<TailSettings, 'batchEntriesMax' | 'pauseMs'>;
  readonly deliveries: DeliverySettings;
  readonly events: EventSettings & EventLimits & { readonly connectionsMax: number };
  readonly webhooks: WebhookSettings;
  readonly bulk: BulkSettings & PacedQuotaSettings & PatientBreakerSettings;
  readonly overload: OverloadSettings & RefusalSettings;
  readonly attempts: AttemptSettings;
  readonly accesses: AccessSettings & CitizenLimits & Pick<OwnLogSetup, 'proofsAtOnceMax'>;
  readonly embedded: {
    readonly postgres: PostgresLimits;
    readonly child: ChildLimits;
    readonly restart: RestartLimits;
  };
  readonly workers: WorkerSettings;
  readonly health: HealthSettings & { readonly latencyCallsMax: number };
  readonly shutdown: { readonly graceMs: number };
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
  readonly gateway: GatewaySettings;
  readonly members: readonly Member[];
  readonly agreements: readonly Agreement[];
  readonly registries: readonly RegistryEntry[];
  /** File that an agreement came from, for faults found later. */
  readonly fileOf: (agreement: Agreement) => string;
}

export interface ConfigFault {
  /** Relative to the configuration folder. */
  readonly file: string;
  /** JSON pointer, or line and column where the file is no YAML. */
  readonly at: string;
  readonly message: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(describeFault).join('\n'));
    this.faults = faults;
  }
}

export function describeFault({ file, at, message }: ConfigFault): string {
  return `${at === '' ? file : `${file} ${at}`}: ${message}`;
}

const schemaFiles = ['gateway', 'members', 'agreement', 'registries', 'local-text', 'witness'];

/** `schemaFolder` holds the JSON Schemas of the files. Throws ConfigError with every fault of every file. */
export async function loadConfiguration(
  folder: string,
  schemaFolder: string,
  env: NodeJS.ProcessEnv,
): Promise<Configuration> {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) {
    const message = found === undefined ? 'there is no such folder' : 'is a file: name the folder that it is in';
    throw new ConfigError([{ file: folder, at: '', message }]);
  }
  const reader = new ConfigReader(folder, await readSchemas(schemaFolder), env);
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

class ConfigReader {
  readonly faults: ConfigFault[] = [];
  readonly #folder: string;
  readonly #validation: Validation;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, validation: Validation, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#validation = validation;
    this.#env = env;
  }

  async list(subfolder: string): Promise<string[]> {
    const names = await readdir(path.join(this.#folder, subfolder)).catch((error: NodeJS.ErrnoException) => {
      this.#fault(subfolder, '', `cannot be listed (${error.code})`);
      return [];
    });
    return names
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => `${subfolder}/${name}`);
  }

  /** Undefined where the file has a fault. Where there is a file of the name `patch`, it is laid over the first one (RFC 7396). */
  async read<T>(file: string, schema: string, patch?: string): Promise<T | undefined> {
    const plain = await this.#plain(file);
    const isPatched = patch !== undefined && existsSync(path.join(this.#folder, patch));
    const changes = isPatched ? await this.#plain(patch) : undefined;
    if (plain === undefined || (isPatched && changes === undefined)) return undefined;
    const place = isPatched ? `${file} with ${patch}` : file;
    const merged = changes === undefined ? plain.value : mergePatch(plain.value, changes.value);
    const value: unknown = this.#fromEnvironment(place, '', merged);
    const violations = this.#validation.compile(`${schema}.schema.json`)(value);
    for (const { pointer, message } of violations) this.#fault(place, pointer === '' ? '/' : pointer, message);
    return violations.length > 0 ? undefined : (deepFreeze(value) as T);
  }

  /** Undefined where the file is no YAML. */
  async #plain(file: string): Promise<{ readonly value: unknown } | undefined> {
    const text = await this.#text(file);
    if (text === undefined) return undefined;
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, version: '1.2', schema: 'core' });
    for (const { pos, message } of document.errors) {
      const { line, col } = lines.linePos(pos[0]);
      this.#fault(file, `line ${line}, column ${col}`, withoutPlace(message));
    }
    return document.errors.length > 0 ? undefined : this.#withoutAliases(file, document);
  }

  /** Aliases are refused: a few of them make a file that fits in memory into a value that doesn't. */
  #withoutAliases(file: string, document: Document): { readonly value: unknown } | undefined {
    try {
      return { value: document.toJS({ maxAliasCount: 0 }) };
    } catch {
      this.#fault(file, '/', 'must be written out: aliases (*name) are not accepted');
      return undefined;
    }
  }

  async #text(file: string): Promise<string | undefined> {
    try {
      return await readFile(path.join(this.#folder, file), 'utf8');
    } catch (error) {
      this.#fault(file, '', `cannot be read (${(error as NodeJS.ErrnoException).code})`);
      return undefined;
    }
  }

  /** Replaces `${NAME}` in every string, so that secrets stay out of the files. */
  #fromEnvironment(file: string, pointer: string, value: unknown): unknown {
    if (typeof value === 'string') {
      return value.replace(/\$\{([A-Z0-9_]+)\}/g, (_match, name: string) => {
        const found = this.#env[name];
        if (found === undefined) this.#fault(file, pointer, `the environment has no ${name}`);
        return found ?? '';
      });
    }
    if (Array.isArray(value))
      return value.map((item, index) => this.#fromEnvironment(file, `${pointer}/${index}`, item));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value);
    return Object.fromEntries(
      members.map(([name, inner]) => [name, this.#fromEnvironment(file, `${pointer}/${name}`, inner)]),
    );
  }

  #fault(file: string, at: string, message: string): void {
    this.faults.push({ file, at, message });
  }
}

/** The first line of the parser's message; the place in the file is told beside it. */
function withoutPlace(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '') || 'is no YAML';
}

/** JSON Merge Patch (RFC 7396 section 2): members are replaced one by one, null takes one away, a list is replaced whole. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readSchemas(folder: string): Promise<Validation> {
  const validation = createValidation({ samplePins: true, errorsMax: 500 });
  for (const name of schemaFiles) {
    const file = `${name}.schema.json`;
    const text = await readFile(path.join(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new ConfigError([{ file, at: '', message: `cannot be read (${error.code})` }]);
    });
    validation.add(file, JSON.parse(text));
  }
  return validation;
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
