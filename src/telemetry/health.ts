/** Asks the dependencies how they are, each within its time and not more often than needed. */

import type { Clock } from '../exchange/ports.ts';

export interface Dependency {
  readonly name: string;
  readonly vital: boolean;
  /** Resolves when the dependency works; rejects with the reason. */
  readonly check: (signal: AbortSignal) => Promise<void>;
}

export interface Health {
  readonly name: string;
  readonly ok: boolean;
  readonly vital: boolean;
  readonly reason?: string;
  /** Of a worker that does not answer: for whoever looks into why, before it is killed. */
  readonly pid?: number;
}

export interface HealthSettings {
  readonly checkTimeoutMs: number;
  readonly checkIntervalMs: number;
}

/** Probes that come together share one round of checks. */
export function createHealth(
  dependencies: readonly Dependency[],
  settings: HealthSettings,
  clock: Clock,
): () => Promise<readonly Health[]> {
  let round: Promise<readonly Health[]> | undefined;
  let startedAtMs = 0;
  return () => {
    const ageMs = clock.nowMs() - startedAtMs;
    // A clock set back must not make an old round last.
    if (round === undefined || ageMs < 0 || ageMs >= settings.checkIntervalMs) {
      startedAtMs = clock.nowMs();
      round = Promise.all(dependencies.map((dependency) => checkOne(dependency, settings.checkTimeoutMs)));
    }
    return round;
  };
}

async function checkOne({ name, vital, check }: Dependency, timeoutMs: number): Promise<Health> {
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${timeoutMs} ms`)), { once: true });
  });
  try {
    // Also a check that throws at once must leave `late` in the race: a rejection that nobody sees ends the process.
    await Promise.race([late, (async () => check(signal))()]);
    return { name, vital, ok: true };
  } catch (error) {
    return { name, vital, ok: false, reason: reasonOf(error) };
  }
}

/** The reason is shown to anyone who may probe: the kind of trouble, no addresses and no driver's words. */
function reasonOf(error: unknown): string {
  const kind = (error as { kind?: unknown } | undefined | null)?.kind;
  return typeof kind === 'string' ? kind : 'not-working';
}
