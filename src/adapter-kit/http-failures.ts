/**
 * Says what went wrong with an HTTP registry in the four words of SourceError.
 *
 * Only codes are carried over: undici's and JSON.parse's own errors quote the answer, and so personal data.
 */

import { SourceError, type SourceErrorKind } from './source-error.ts';

/** How far the exchange had come when it failed. */
export type HttpStage = 'awaiting-headers' | 'reading-body';

const kinds: Readonly<Record<string, SourceErrorKind>> = {
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'answer-invalid',
  UND_ERR_HEADERS_OVERFLOW: 'answer-invalid',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'answer-invalid',
  // The request itself could not be sent: a fault of the adapter, which must not look like an outage.
  UND_ERR_INVALID_ARG: 'failed',
};

/** Refused, reset or closed; not what has taken its time already. */
const lostConnections = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET']);

/** Only making a connection fails by these. */
const unmadeConnections = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** Turns what undici threw into a SourceError. A body that stops half-way is an invalid answer: the registry was there. */
export function failureOf(origin: string, stage: HttpStage, error: unknown): SourceError {
  const code = codeOf(error);
  const kind = kinds[code] ?? unnamedKindOf(stage, code);
  const isLost = stage === 'awaiting-headers' && lostConnections.has(code);
  const isUnsent = stage === 'awaiting-headers' && unmadeConnections.has(code);
  return new SourceError(kind, `${origin}: ${stage} failed (${code})`, undefined, undefined, isLost, isUnsent);
}

function unnamedKindOf(stage: HttpStage, code: string): SourceErrorKind {
  if (stage === 'reading-body') return 'answer-invalid';
  return code.startsWith('HPE_') ? 'garbled' : 'unavailable';
}

/** A call that its caller has given up. Whatever the reason, no answer came within the time that the caller had. */
export function abortOf(origin: string, signal: AbortSignal): SourceError {
  if (signal.reason instanceof SourceError) return signal.reason;
  return new SourceError('timeout', `${origin}: the call was given up before the registry had answered`, signal.reason);
}

/** Whether a call was given up because its time was spent; else its caller has gone or needs it no more. */
export function isOutOfTime({ reason }: AbortSignal): boolean {
  if (reason instanceof SourceError) return reason.kind === 'timeout';
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

/** The failure that a status code states, if it states one (RFC 9110 section 15, RFC 6585 section 4). */
export function refusalOf(origin: string, status: number, retryAfterMs?: number): SourceError | undefined {
  if (status === 429 || status === 503) {
    return new SourceError('unavailable', `${origin}: answered ${status}`, undefined, retryAfterMs);
  }
  if (status >= 500) return new SourceError('failed', `${origin}: answered ${status}`);
  if (status >= 300 && status < 400) {
    return new SourceError('answer-invalid', `${origin}: answered ${status}; redirects are not followed`);
  }
  return undefined;
}

/** Of `Retry-After`, in seconds or as a date (RFC 9110, section 10.2.3); undefined where it is neither. */
export function retryAfterMsOf(value: unknown, nowMs: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no code';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name === 'HTTPParserError' ? 'HPE_UNKNOWN' : 'no code';
}
