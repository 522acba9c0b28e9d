/** Finds the adapter behind each line of registries.yaml: a shipped one, a folder or a package. */

import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { shippedAdapters } from '../adapters/index.ts';
import type { AdapterDefinition } from './adapter-kit/types.ts';
import type { RegistryEntry } from './config.ts';

export interface LoadedAdapter {
  readonly entry: RegistryEntry;
  readonly definition: AdapterDefinition;
  /** Folder with the adapter's own message schemas, where it brings some. */
  readonly schemaFolder: string | undefined;
}

const kit = new URL(`./adapter-kit/index${path.extname(import.meta.filename)}`, import.meta.url).href;

/**
 * An adapter from elsewhere says `lienthong/adapter-kit` and gets this gateway's own kit: with a copy of its own, its
 * SourceError would be another class than the one that breakers know.
 */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'lienthong/adapter-kit' ? { url: kit, shortCircuit: true } : next(specifier, context),
});

/** Throws Error naming the adapter where there is none, or where what is there is no adapter. */
export async function loadAdapter(entry: RegistryEntry, configFolder: string): Promise<LoadedAdapter> {
  const shipped = shippedAdapters[entry.adapter];
  if (shipped !== undefined) return { entry, definition: await shipped(), schemaFolder: undefined };
  const module = locate(entry.adapter, configFolder);
  const { default: definition } = (await import(module.href)) as { default?: AdapterDefinition };
  if (definition?.manifest === undefined || typeof definition.open !== 'function') {
    throw new Error(`${entry.adapter} exports no adapter: its default export must come from defineAdapter`);
  }
  const schemaFolder = path.join(path.dirname(fileURLToPath(module)), 'schemas');
  return { entry, definition, schemaFolder: existsSync(schemaFolder) ? schemaFolder : undefined };
}

function locate(name: string, configFolder: string): URL {
  if (!name.startsWith('.') && !path.isAbsolute(name)) return locatePackage(name);
  const folder = path.resolve(configFolder, name);
  const file = ['adapter.js', 'adapter.ts'].map((base) => path.join(folder, base)).find((one) => existsSync(one));
  if (file === undefined) throw new Error(`${folder} holds neither adapter.js nor adapter.ts`);
  return pathToFileURL(file);
}

function locatePackage(name: string): URL {
  try {
    return new URL(import.meta.resolve(name));
  } catch (cause) {
    const shipped = Object.keys(shippedAdapters).join(', ');
    throw new Error(`${name} is neither shipped (${shipped}) nor an installed package`, { cause });
  }
}
