/** The shipped services, made from their manifests and schemas as the gateway makes them, with the numbers that a test needs. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '../../src/adapter-kit/manifest.ts';
import { createCatalogue } from '../../src/catalogue/catalogue.ts';
import { readSchemaFolders } from '../../src/catalogue/schema-store.ts';
import type { Catalogue } from '../../src/exchange/ports.ts';
import type { PushService, QueryService } from '../../src/exchange/services.ts';
import { createValidation } from '../../src/validation/index.ts';

const root = path.resolve(import.meta.dirname, '../..');

export const manifestOf = async (adapter: string): Promise<Manifest> =>
  JSON.parse(await readFile(path.join(root, 'adapters', adapter, 'manifest.json'), 'utf8'));

const manifests = await Promise.all(['population', 'judicial', 'social-affairs'].map(manifestOf));
const schemas = await readSchemaFolders([path.join(root, 'schemas')]);
const validation = createValidation({ samplePins: true, errorsMax: 50 });
for (const [key, schema] of schemas) validation.add(key, schema);

export const shippedSchemas = schemas;

export const shippedCatalogue: Catalogue = createCatalogue(manifests, {
  schemas,
  compile: (key) => validation.compile(key),
  subsystems: ['VN/GOV/G22/portal'],
  canonical: (id) => id,
});

/** By its code, such as `get-person`. */
export function shippedService(code: string, changes: Partial<QueryService> = {}): QueryService {
  const service = shippedCatalogue.all().find(({ id }) => id.endsWith(`/${code}`));
  if (service?.kind !== 'query') throw new Error(`no shipped query is called ${code}`);
  return { ...service, ...changes };
}

/** By its code, such as `register-birth`. */
export function shippedPush(code: string): PushService {
  const service = shippedCatalogue.all().find(({ id }) => id.endsWith(`/${code}`));
  if (service?.kind !== 'push') throw new Error(`no shipped push is called ${code}`);
  return service;
}
