/** Reads the message schemas from their folders, each under the path that references between them use. */

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** By key, such as `schemas/common/pin.json`. */
export type SchemaStore = ReadonlyMap<string, JsonSchema>;

/**
 * Later folders add to earlier ones, so that a registry of one's own brings its messages along and still refers to the
 * shared definitions. Throws Error naming the file where one is not JSON or is there twice.
 */
export async function readSchemaFolders(folders: readonly string[]): Promise<SchemaStore> {
  const store = new Map<string, JsonSchema>();
  for (const folder of folders) {
    for (const file of await jsonFilesUnder(folder)) {
      const key = `schemas/${path.relative(folder, file).split(path.sep).join('/')}`;
      if (store.has(key)) throw new Error(`${file}: ${key} is there already`);
      store.set(key, await readSchema(file));
    }
  }
  return store;
}

/** The key that a reference in one schema leads to. */
export function resolveReference(fromKey: string, reference: string): string {
  return path.posix.join(path.posix.dirname(fromKey), reference);
}

async function jsonFilesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.json'));
  return files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
}

async function readSchema(file: string): Promise<JsonSchema> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JsonSchema;
  } catch (cause) {
    throw new Error(`${file} is not JSON`, { cause });
  }
}
