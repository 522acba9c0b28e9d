/** Keeps pushes about one person in the order in which they came: in one request nobody can wait for an answer in between. */

import { Problem, type ProblemCode } from '../../problems.ts';
import type { Incoming, Settled } from '../types.ts';

type Run = (line: Incoming) => Promise<Settled>;

/** What would meet every further line just so: a request ends there instead of being refused line by line. */
const ending: ReadonlySet<ProblemCode> = new Set([
  'log-unavailable',
  'witnesses-missing',
  'delivery-unavailable',
  'quota-exceeded',
  'authentication-required',
  'token-invalid',
  'client-not-owned',
  'member-unknown',
  'agreement-missing',
  'agreement-not-in-force',
]);

export const endsBulk = (code: string): boolean => (ending as ReadonlySet<string>).has(code);

export interface InTurnSetup {
  readonly run: Run;
  /** Records a line that is not begun. */
  readonly refuse: (line: Incoming, problem: Problem) => Promise<Settled>;
  /** Whom the line is about; empty where that is nobody. */
  readonly personsIn: (line: Incoming) => readonly string[];
}

/**
 * Once a line has met what ends the request, nothing that still waits is begun: it gets the same problem. The end may pass
 * between two lines; the later one would be accepted, and the earlier one come after it when it is sent again.
 */
export function inTurn({ run, refuse, personsIn }: InTurnSetup): Run {
  const last = new Map<string, Promise<unknown>>();
  let ended: Problem | undefined;

  async function begin(line: Incoming): Promise<Settled> {
    if (ended !== undefined) return refuse(line, ended);
    try {
      const settled = await run(line);
      if ('problem' in settled.outcome && endsBulk(settled.outcome.problem.code)) ended ??= settled.outcome.problem;
      return settled;
    } catch (error) {
      // It could not be recorded; nor could what follows.
      ended ??= error instanceof Problem ? error : unrecorded(error);
      throw error;
    }
  }

  return (line) => {
    const persons = personsIn(line);
    const before = persons.flatMap((person) => last.get(person) ?? []);
    const running = before.length === 0 ? begin(line) : Promise.all(before).then(() => begin(line));
    const over = running.then(forget, forget);
    function forget() {
      for (const person of persons) if (last.get(person) === over) last.delete(person);
    }
    for (const person of persons) last.set(person, over);
    return running;
  };
}

function unrecorded(cause: unknown): Problem {
  return new Problem('internal-error', 'An earlier line could not be recorded.', { cause });
}
