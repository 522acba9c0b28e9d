/** How loudly, and with how much beside it, a failure is logged. */

import { SourceError } from './adapter-kit/source-error.ts';
import type { Problem, ProblemCode } from './problems.ts';

/** Told once when they begin, or by the state database's observer, and counted after that; a line for each call that they turn away would bury everything else. */
const outages: ReadonlySet<unknown> = new Set([
  'circuit-open',
  'registry-busy',
  'delivery-unavailable',
  'events-unavailable',
  'events-busy',
  'log-unavailable',
  'checkpoint-pending',
  'witnesses-missing',
] satisfies ProblemCode[]);

export function levelOf(error: unknown): 'debug' | 'error' {
  return outages.has((error as Partial<Problem> | undefined | null)?.code) ? 'debug' : 'error';
}

/** For the operational log: of a server that is away, where in the gateway it came up says nothing. */
export function troubleOf(error: unknown): { readonly trouble: string } | { readonly error: unknown } {
  const isAway = error instanceof SourceError && (error.kind === 'unavailable' || error.kind === 'timeout');
  return isAway ? { trouble: error.message } : { error };
}
