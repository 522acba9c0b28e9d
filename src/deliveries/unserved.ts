/** Tells of pushes whose registry this gateway does not serve: unless another one does, nobody delivers them, and they hold their people everywhere. */

import type { PushStock } from '../exchange/pushes.ts';

export interface UnservedSetup {
  /** Those that have a queue here. */
  readonly registries: readonly string[];
  /** Told of each such registry once until nothing stands there: how many pushes do. */
  readonly stand: (registry: string, count: number) => void;
}

export interface Unserved {
  /** Undefined where it could not be counted: nothing new is known. */
  counted(stock: PushStock | undefined): void;
  /** Some stand, as it was counted last. */
  any(): boolean;
}

/** Nothing is done about them: another gateway on the database may have the registry. */
export function createUnserved({ registries, stand }: UnservedSetup): Unserved {
  const served = new Set(registries);
  let known: ReadonlySet<string> = new Set();
  return {
    counted(stock) {
      if (stock === undefined) return;
      const standing = new Map<string, number>();
      for (const { registry, count } of stock) {
        if (!served.has(registry)) standing.set(registry, (standing.get(registry) ?? 0) + count);
      }
      for (const [registry, count] of standing) if (!known.has(registry)) stand(registry, count);
      known = new Set(standing.keys());
    },
    any: () => known.size > 0,
  };
}
