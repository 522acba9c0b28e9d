/** The health of several workers as that of one gateway, which serves as long as one of them does. */

import type { Health } from './health.ts';

/** Of one worker; undefined where it does not serve. */
export type WorkerHealth = readonly Health[] | undefined;

/** A worker that is not ready is named, one that runs and does not answer with its process number; what is vital to each of them fails the gateway only where none is ready. */
export function mergeHealth(
  workers: ReadonlyMap<number, WorkerHealth>,
  silentPids: ReadonlyMap<number, number> = new Map(),
): readonly Health[] {
  const answers = [...workers.values()].filter((health) => health !== undefined);
  const isReady = (health: WorkerHealth) => health?.every(({ ok, vital }) => ok || !vital) ?? false;
  const someReady = answers.some(isReady);
  const merged = new Map<string, Health>();
  for (const health of answers.flat()) {
    const before = merged.get(health.name);
    if (before === undefined || (before.ok && !health.ok)) merged.set(health.name, health);
  }
  const shared = [...merged.values()].map((health) => ({
    ...health,
    vital: health.vital && !(someReady && !health.ok),
  }));
  const processes = [...workers].map(([number, health]): Health => {
    const named = { name: `worker-${number}`, vital: !someReady };
    if (isReady(health)) return { ...named, ok: true };
    const pid = silentPids.get(number);
    if (pid !== undefined) return { ...named, ok: false, reason: 'silent', pid };
    return { ...named, ok: false, reason: health === undefined ? 'unavailable' : 'unready' };
  });
  return [...shared, ...processes];
}
