/** The message schemas as the gateway loads them: shipped ones by their keys, and a validation that holds them all. */

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createValidation, type Validation } from '../../src/validation/index.ts';

export type Schema = Readonly<Record<string, unknown>>;

const shippedFolder = path.resolve(import.meta.dirname, '../../schemas');

/** By key, such as `schemas/common/pin.json`. */
export function readSchemas(folder: string = shippedFolder): ReadonlyMap<string, Schema> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  const read = (file: string) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Schema;
  return new Map(files.sort().map((file) => [`schemas/${file.replaceAll('\\', '/')}`, read(file)]));
}

export interface MessageSchemaOptions {
  /** Folders whose schemas come on top of the shipped ones. */
  readonly folders?: readonly string[];
  readonly samplePins?: boolean;
  readonly errorsMax?: number;
  /** The clock by which a date lies in the future. */
  readonly nowMs?: () => number;
}

export function messageSchemas({
  folders = [],
  samplePins = true,
  errorsMax = 100,
  nowMs = Date.now,
}: MessageSchemaOptions = {}): Validation {
  const validation = createValidation({ samplePins, errorsMax, nowMs });
  for (const folder of [shippedFolder, ...folders]) {
    for (const [key, schema] of readSchemas(folder)) validation.add(key, schema);
  }
  return validation;
}
