/** Lists the shipped adapters; each is loaded only where registries.yaml names it. */

import type { AdapterDefinition } from '../src/adapter-kit/types.ts';

const shipped: Readonly<Record<string, () => Promise<{ default: unknown }>>> = {
  population: () => import('./population/adapter.ts'),
  judicial: () => import('./judicial/adapter.ts'),
  'social-affairs': () => import('./social-affairs/adapter.ts'),
};

/** By name in registries.yaml. */
export const shippedAdapters: Readonly<Record<string, () => Promise<AdapterDefinition>>> = Object.fromEntries(
  Object.entries(shipped).map(([name, load]) => [name, async () => (await load()).default as AdapterDefinition]),
);
