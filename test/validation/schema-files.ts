/** The shipped schema files by their keys, and a validation that holds them all. */

import { readdirSync, readFileSync } from 'node:fs';
import { createValidation, type Validation } from '../../src/validation/index.ts';

export type Schema = Readonly<Record<string, unknown>>;

const root = new URL('../../', import.meta.url);

/** By key, such as `schemas/common/pin.json`. */
export function readSchemas(): ReadonlyMap<string, Schema> {
  const files = readdirSync(new URL('schemas/', root), { recursive: true, encoding: 'utf8' });
  const keys = files.filter((file) => file.endsWith('.json')).map((file) => `schemas/${file.replaceAll('\\', '/')}`);
  return new Map(keys.sort().map((key) => [key, JSON.parse(readFileSync(new URL(key, root), 'utf8')) as Schema]));
}

export function shippedValidation(options: { samplePins?: boolean; errorsMax?: number } = {}): Validation {
  const validation = createValidation({ samplePins: true, errorsMax: 100, ...options });
  for (const [key, schema] of readSchemas()) validation.add(key, schema);
  return validation;
}
