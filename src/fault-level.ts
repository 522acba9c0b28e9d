/** How loudly a failure is logged. */

import type { Problem, ProblemCode } from './problems.ts';

/** Told once when they begin, or by the state database's observer, and counted after that; a line for each call that they turn away would bury everything else. */
const outages: ReadonlySet<unknown> = new Set([
  'circuit-open',
  'registry-busy',
  'delivery-unavailable',
  'events-unavailable',
  'events-busy',
  'log-unavailable',
  'witnesses-missing',
] satisfies ProblemCode[]);

export function levelOf(error: unknown): 'debug' | 'error' {
  return outages.has((error as Partial<Problem> | undefined | null)?.code) ? 'debug' : 'error';
}
