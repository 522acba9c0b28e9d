/** Checks that what one Kubernetes manifest names is there in another one: volumes, ports, labels, routes, files of ConfigMaps. */

import path from 'node:path';
import { operationsPaths } from '../../src/http/operations-paths.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Spec;
}

/** As much of any kind as refers to something. */
interface Spec {
  readonly serviceName?: string;
  readonly selector?: unknown;
  readonly podSelector?: unknown;
  readonly ports?: readonly { readonly targetPort?: string | number }[];
  readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
  readonly template?: { readonly metadata: Metadata; readonly spec: PodSpec };
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}

interface Metadata {
  readonly labels: Labels;
  readonly annotations?: Labels;
}

type Labels = Readonly<Record<string, string>>;

interface PodSpec {
  readonly serviceAccountName: string;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string };
  }[];
}

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly envFrom?: readonly { readonly secretRef?: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
  readonly [probe: `${string}Probe`]: { readonly httpGet?: { readonly path: string; readonly port: string | number } };
}

/** What kustomize makes: names of Secrets and ConfigMaps, with the files in them where they are known. */
export type Generated = ReadonlyMap<string, readonly string[]>;

/** `manifests` are those of one kustomization. */
export function unresolved(manifests: readonly Manifest[], generated: Generated): string[] {
  const has = (kind: string, name: string) =>
    manifests.some((one) => one.kind === kind && one.metadata.name === name) ? [] : [`there is no ${kind} ${name}`];
  const pods = manifests.flatMap(({ spec }) => spec?.template ?? []);
  const isPod = (labels: Labels) =>
    pods.some((pod) => Object.entries(labels).every(([name, value]) => pod.metadata.labels[name] === value));
  const ports = new Set(
    pods.flatMap(({ spec }) => spec.containers.flatMap((one) => one.ports ?? [])).map(({ name }) => name),
  );
  return manifests.flatMap(({ kind, metadata, spec = {} }) => {
    const { serviceName, scaleTargetRef, template } = spec;
    const selected = labelsOf(kind, spec);
    const faults = [
      ...(serviceName === undefined ? [] : has('Service', serviceName)),
      ...(scaleTargetRef === undefined ? [] : has(scaleTargetRef.kind, scaleTargetRef.name)),
      ...(selected === undefined || isPod(selected) ? [] : [`no pod has the labels ${JSON.stringify(selected)}`]),
      ...(spec.ports ?? []).flatMap(({ targetPort }) => missing('port', targetPort, ports)),
      ...(template === undefined ? [] : has('ServiceAccount', template.spec.serviceAccountName)),
      ...(template === undefined ? [] : podFaults(template, spec, generated)),
    ];
    return faults.map((fault) => `${kind} ${metadata.name}: ${fault}`);
  });
}

/** Undefined where everything is meant, or nothing. */
function labelsOf(kind: string, { selector, podSelector }: Spec): Labels | undefined {
  const chosen = (kind === 'Service' ? { matchLabels: selector } : (selector ?? podSelector)) as
    | { readonly matchLabels?: Labels }
    | undefined;
  return chosen?.matchLabels;
}

function podFaults(
  { metadata, spec }: { metadata: Metadata; spec: PodSpec },
  set: Spec,
  generated: Generated,
): string[] {
  const claimed = (set.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name);
  const volumes = new Set([...spec.volumes.map(({ name }) => name), ...claimed]);
  const sources = spec.volumes.map(({ configMap, secret }) => configMap?.name ?? secret?.secretName);
  const filesIn = (volume: string) =>
    generated.get(spec.volumes.find(({ name }) => name === volume)?.configMap?.name ?? '') ?? undefined;
  const route = metadata.annotations?.['prometheus.io/path'];
  return [
    ...sources.flatMap((name) => missing('Secret or ConfigMap', name, generated)),
    ...missing('route', route, routes),
    ...[...(spec.initContainers ?? []), ...spec.containers].flatMap((container) => [
      ...(container.envFrom ?? []).flatMap(({ secretRef }) => missing('Secret', secretRef?.name, generated)),
      ...(container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath }) => [
        ...missing('volume', name, volumes),
        ...missing('file', subPath, new Set(filesIn(name) ?? [subPath])),
        // A script that a container is started with.
        ...(subPath === undefined && filesIn(name) !== undefined ? (container.command ?? []) : [])
          .filter((word) => path.dirname(word) === mountPath)
          .flatMap((word) => missing('file', path.basename(word), new Set(filesIn(name)))),
      ]),
      ...probesOf(container).flatMap(({ httpGet }) => [
        ...missing('route', httpGet?.path, routes),
        ...missing('port', httpGet?.port, new Set((container.ports ?? []).map(({ name }) => name))),
      ]),
    ]),
  ];
}

export const routes: ReadonlySet<string> = new Set(Object.values(operationsPaths));

function probesOf(container: Container) {
  return (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).flatMap((name) => container[name] ?? []);
}

/** Numbers are ports by themselves. */
function missing(what: string, name: string | number | undefined, known: Pick<ReadonlySet<string>, 'has'>): string[] {
  return typeof name !== 'string' || known.has(name) ? [] : [`there is no ${what} ${name}`];
}
