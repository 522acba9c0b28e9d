/** Checks what no type tells: values of Kubernetes manifests that the cluster refuses, or that cut a gateway off from what it is configured to use. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';

export interface PlacedManifest {
  readonly place: string;
  /** An overlay's holds only what differs. */
  readonly manifest: { readonly kind: string; readonly spec?: ValuedSpec };
}

interface ValuedSpec {
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly template?: { readonly spec?: { readonly terminationGracePeriodSeconds?: number } };
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

interface Rule {
  readonly ports?: readonly {
    readonly protocol?: string;
    readonly port?: string | number;
    readonly endPort?: number;
  }[];
}

/** As much of the gateway's settings as the manifests have to suit. */
interface Settings {
  readonly shutdown?: { readonly unreadyMs?: number; readonly graceMs?: number };
}

/** apimachinery, pkg/api/resource/quantity.go. */
const quantity = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** Beside the exchanges in flight and the deliveries: registries, log and workers. */
const endExtraMs = 30_000;

const defaultPorts: Readonly<Record<string, number>> = {
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mariadb: 3306,
  redis: 6379,
  rediss: 6379,
  https: 443,
  http: 80,
};
/** What a Secret holds the addresses of: their schemes, which are known from what asks for them. */
const schemesOf: Readonly<Record<string, string>> = {
  STATE_DATABASE_URL: 'postgres',
  REDIS_URL: 'redis',
  POPULATION_URL: 'postgres',
  SOCIAL_AFFAIRS_URL: 'mysql',
  JUDICIAL_URL: 'https',
};

/** `root` is the folder of the manifests, whose `base/config` is laid over the shipped configuration. */
export async function valueFaults(root: string, manifests: readonly PlacedManifest[]): Promise<string[]> {
  const read = async (file: string) => parse(await readFile(file, 'utf8'));
  const config = path.join(root, 'base/config');
  const shipped: Settings = await read(path.resolve(import.meta.dirname, '../../config/gateway.yaml'));
  const settings: Settings = await read(path.join(config, 'gateway.patch.yaml'));
  const registries: unknown = await read(path.join(config, 'registries.yaml'));
  const shutdown = { ...shipped.shutdown, ...settings.shutdown };
  const needed = new Set([...portsOf(settings), ...portsOf(registries)]);
  const ofBase = new Map<string, ValuedSpec>();
  return manifests.flatMap(({ place, manifest: { kind, spec = {} } }) => {
    const whole = { ...ofBase.get(kind), ...spec };
    if (!ofBase.has(kind)) ofBase.set(kind, spec);
    const faults = [
      ...quantitiesOf(spec).flatMap((one) => (quantity.test(one) ? [] : [`"${one}" is no quantity`])),
      ...scaleFaults(whole),
      ...graceFaults(spec, shutdown),
      ...(kind === 'NetworkPolicy' ? policyFaults(whole, needed) : []),
    ];
    return faults.map((fault) => `${place}: ${kind}: ${fault}`);
  });
}

/** Of `requests`, `limits` and `sizeLimit`, wherever they stand. */
function quantitiesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === 'sizeLimit') return [String(inner)];
    const isAmounts = (name === 'requests' || name === 'limits') && typeof inner === 'object' && inner !== null;
    return isAmounts ? Object.values(inner).map(String) : quantitiesOf(inner);
  });
}

function scaleFaults({ minReplicas = 1, maxReplicas = minReplicas }: ValuedSpec): string[] {
  return minReplicas > maxReplicas ? [`minReplicas ${minReplicas} is above maxReplicas ${maxReplicas}`] : [];
}

/** Exchanges end within the grace, deliveries within it once more. */
function graceFaults({ template }: ValuedSpec, { unreadyMs = 0, graceMs = 0 }: NonNullable<Settings['shutdown']>) {
  const seconds = template?.spec?.terminationGracePeriodSeconds;
  const neededSeconds = (unreadyMs + 2 * graceMs + endExtraMs) / 1000;
  if (template === undefined || (seconds ?? neededSeconds) >= neededSeconds) return [];
  return [`terminationGracePeriodSeconds ${seconds} is below the ${neededSeconds} s that a shutdown may take`];
}

function policyFaults({ ingress = [], egress = [] }: ValuedSpec, needed: ReadonlySet<number>): string[] {
  const lets = (rules: readonly Rule[], wanted: string | number, protocol: string) =>
    rules.some(({ ports }) => {
      if (ports === undefined) return true;
      return ports.some(
        ({ port, endPort, protocol: own = 'TCP' }) =>
          own === protocol &&
          (port === undefined || port === wanted || Number(port) <= Number(wanted)) &&
          (port === undefined || port === wanted || Number(wanted) <= (endPort ?? Number.NaN)),
      );
    });
  const out = [...needed]
    .filter((port) => !lets(egress, port, 'TCP'))
    .map((port) => `nothing may be sent to port ${port}`);
  return [
    ...out,
    ...(lets(egress, 53, 'UDP') ? [] : ['no name may be resolved: UDP port 53']),
    ...(lets(ingress, 'http', 'TCP') || lets(ingress, 8080, 'TCP') ? [] : ['nobody may call port http']),
  ];
}

/** Of every address in the configuration. */
function portsOf(value: unknown): number[] {
  if (typeof value === 'string') return portOf(value) ?? [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(portsOf);
}

function portOf(text: string): number[] | undefined {
  const variable = /^\$\{(\w+)\}$/.exec(text)?.[1];
  const scheme = variable === undefined ? /^(\w+):\/\//.exec(text)?.[1] : schemesOf[variable];
  const port = defaultPorts[scheme ?? ''];
  if (port === undefined) return undefined;
  const own = variable === undefined ? Number(/^\w+:\/\/[^/]*:(\d+)(?:[/?#]|$)/.exec(text)?.[1]) : Number.NaN;
  return [Number.isNaN(own) ? port : own];
}
