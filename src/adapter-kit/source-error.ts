/** The one way in which a registry's failure reaches the pipeline, so that breaker, problem and metrics agree on what happened. */

/**
 * - `unavailable`: no connection, refused, reset, or the registry says that it is down
 * - `timeout`: no answer within the budget
 * - `answer-invalid`: an answer that cannot be understood, or is too much
 * - `garbled`: bytes that are none of the registry's protocol, so that nobody gets an answer there
 * - `unstorable`: a value of the message is none that the registry can take (SQLSTATE class 22), now or later
 * - `failed`: the registry answered that it could not process the request
 */
export type SourceErrorKind = 'unavailable' | 'timeout' | 'answer-invalid' | 'garbled' | 'unstorable' | 'failed';

/** `message` goes to the operational log, never to the caller: it must hold no personal data. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly kind: SourceErrorKind;
  /** How long the registry wants not to be asked again, where it says so. */
  readonly retryAfterMs: number | undefined;
  /** The connection was refused or lost, of an HTTP registry before its answer began: whoever only reads may ask once more. */
  readonly isLost: boolean;
  /** No connection came about: of what was asked nothing has come to the registry, and nothing has taken effect. */
  readonly isUnsent: boolean;

  constructor(
    kind: SourceErrorKind,
    message: string,
    cause?: unknown,
    retryAfterMs?: number,
    isLost = false,
    isUnsent = false,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
    this.isLost = isLost;
    this.isUnsent = isUnsent;
  }
}
