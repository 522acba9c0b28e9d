/** Where the people live who are moved and asked about in one run: while a push is under way the old answer and the new one are right, once it is delivered only the new one. */

import type { Random } from '../support/random-fixture.ts';
import { residenceChange } from '../support/residence-change.ts';
import { faultOf, type Question } from './questions.ts';

export interface Residents {
  /** Somebody whom no push is under way about. */
  free(random: Random): string | undefined;
  /** A push about them is about to be sent. */
  moves(pin: string, line: string): void;
  /** Its sender was told that it is delivered. */
  moved(line: string, toldMs: number): void;
  next(random: Random): Question;
  /** What is wrong with a reply to a question that was sent then. */
  faultOf(question: Question, sentMs: number, status: number, body: string): string | undefined;
}

interface Move {
  readonly expected: unknown;
  toldMs: number | undefined;
}

/** From here on the new answer is demanded; well below the time that an answer is kept, so that it cannot just have expired. */
const newWithinMs = 100;

/** What the registry says of them before anything has moved. */
export function createResidents(questions: readonly Question[]): Residents {
  /** What was and is right, in order. */
  const moves = new Map<string, Move[]>(
    questions.map(({ message, expected }) => [message.pin, [{ expected, toldMs: Number.NEGATIVE_INFINITY }]]),
  );
  const underWay = new Map<string, Move>();
  const movesOf = ({ message }: Question) => moves.get(message.pin) ?? [];
  const isSettled = ({ toldMs }: Move) => toldMs !== undefined;

  return {
    free(random) {
      const free = questions.filter((one) => movesOf(one).every(isSettled));
      return free.length === 0 ? undefined : random.pick(free).message.pin;
    },
    moves(pin, line) {
      const known = moves.get(pin);
      const [first] = known ?? [];
      if (known === undefined || first === undefined) return;
      const move: Move = { expected: livingAt(first.expected, pin, line), toldMs: undefined };
      known.push(move);
      underWay.set(line, move);
    },
    moved(line, toldMs) {
      const move = underWay.get(line);
      if (move !== undefined) move.toldMs = toldMs;
      underWay.delete(line);
    },
    next: (random) => random.pick(questions),
    faultOf(question, sentMs, status, body) {
      const known = movesOf(question);
      const due = known.findLastIndex(({ toldMs }) => toldMs !== undefined && toldMs + newWithinMs <= sentMs);
      const faults = known.map(({ expected }) => faultOf({ ...question, expected }, status, body));
      const right = faults.lastIndexOf(undefined);
      if (right >= Math.max(0, due)) return undefined;
      return right === -1 ? faults[0] : 'an answer from before a push that was delivered';
    },
  };
}

function livingAt(expected: unknown, pin: string, line: string): unknown {
  const { person, ...rest } = expected as { person: { residence?: object } };
  const temporary = residenceChange(pin, line).residence.address;
  return { ...rest, person: { ...person, residence: { ...person.residence, temporary } } };
}
