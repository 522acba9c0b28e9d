/** The one error type that leaves a step; what it says to whom stands in the table of its kinds. */

import { type ProblemKind, problemKinds } from './problem-kinds.ts';

export type ProblemCode = keyof typeof problemKinds;

/** One violated rule of a message. */
export interface Violation {
  /** JSON pointer (RFC 6901) into the message. */
  readonly pointer: string;
  /** The violated keyword or format, such as `required` or `format:pin`. */
  readonly rule: string;
  /** What is wrong and what would be right; never repeats personal data. */
  readonly message: string;
}

interface ProblemExtras {
  readonly errors?: readonly Violation[];
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Methods that would be right, sent as `Allow`. */
  readonly allow?: readonly string[];
  /** Of events: the oldest that can be read on from. */
  readonly oldestCursor?: string;
  /** Of many pushes that were to be tried again: those that are. */
  readonly redelivered?: readonly string[];
  /** For the operator's log only; never sent. */
  readonly cause?: unknown;
}

/** `detail` is shown to the caller and holds neither internals nor personal data. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly Violation[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly allow: readonly string[] | undefined;
  readonly oldestCursor: string | undefined;
  readonly redelivered: readonly string[] | undefined;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(`${code}: ${detail}`, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.code = code;
    this.detail = detail;
    this.errors = extras.errors;
    this.retryAfterSeconds = extras.retryAfterSeconds;
    this.allow = extras.allow;
    this.oldestCursor = extras.oldestCursor;
    this.redelivered = extras.redelivered;
  }

  get kind(): ProblemKind {
    return problemKinds[this.code];
  }
}
