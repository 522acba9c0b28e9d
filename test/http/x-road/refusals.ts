/** Runs what must refuse and hands back its Problem, so that tests can say which one and what it must not repeat. */

import { Problem, type ProblemCode } from '../../../src/problems.ts';

/** `code` and `detail` of the Problem that `act` throws; any other outcome fails the test. */
export function refusal(act: () => unknown): { readonly code: ProblemCode; readonly detail: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return { code: error.code, detail: error.detail };
    throw error;
  }
  throw new Error('accepted what should be refused');
}
