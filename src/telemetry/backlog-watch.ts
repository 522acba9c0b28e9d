/** Counts what is queued for the registries, for metrics and operators: seldom, in a bounded time, and never twice at once. */

import type { Clock } from '../exchange/ports.ts';
import type { Backlog, Pushes } from '../exchange/pushes.ts';
import type { HealthSettings } from './health.ts';

export type BacklogWatch = () => Promise<readonly Backlog[] | undefined>;

/** What it gives is undefined while the state database does not answer, or takes longer than a check may. */
export function createBacklogWatch(
  pushes: Pick<Pushes, 'backlog'>,
  { checkTimeoutMs, checkIntervalMs }: HealthSettings,
  clock: Clock,
): BacklogWatch {
  let counting: Promise<readonly Backlog[] | undefined> | undefined;
  let endedAtMs = 0;
  let isCounting = false;

  function count(): Promise<readonly Backlog[] | undefined> {
    isCounting = true;
    // Whoever waits is told that it is unknown; why, the database's own observer has said.
    return pushes
      .backlog()
      .catch(() => undefined)
      .finally(() => {
        isCounting = false;
        endedAtMs = clock.nowMs();
      });
  }

  return () => {
    const ageMs = clock.nowMs() - endedAtMs;
    if (counting === undefined || (!isCounting && (ageMs < 0 || ageMs >= checkIntervalMs))) counting = count();
    return within(counting, checkTimeoutMs);
  };
}

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
