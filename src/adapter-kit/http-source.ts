/** A registry behind an HTTP API: JSON in, JSON out, over a bounded pool of connections that fails in known ways only. */

import { httpAttributes } from './call-attributes.ts';
import type { CallSignal } from './call-signal.ts';
import { abortOf, failureOf, isOutOfTime, refusalOf, retryAfterMsOf } from './http-failures.ts';
import { createHttpPools, type HttpTrip } from './http-pools.ts';
import { addressOf, type HttpSourceSettings } from './http-settings.ts';
import { SourceError } from './source-error.ts';

export { type HttpSourceSettings, type HttpTlsSettings, httpSourceSettingsSchema } from './http-settings.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From `/` on, behind the URL of the settings. Personal data belongs in the body: paths end in logs. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal: AbortSignal;
  /** Further headers. `traceparent` is sent by itself where the exchange is traced. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  /** 200 to 299 or 400 to 499 without 429. */
  readonly status: number;
  /** Parsed JSON; undefined for 204. */
  readonly body: unknown;
}

export interface HttpSource {
  /** Sends once and never again: only the caller knows what may be repeated. Throws SourceError. */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Lets requests under way end, then closes the connections. A second call waits for the same end. */
  close(): Promise<void>;
}

const defaultQueueMax = 256;

/** Opens no connection yet. Throws SourceError if the settings cannot work. */
export function httpSource(settings: HttpSourceSettings): HttpSource {
  const { origin, prefix } = addressOf(settings);
  const pools = createHttpPools(origin, settings);
  const requestsMax = settings.connectionsMax + (settings.queueMax ?? defaultQueueMax);
  let underWay = 0;
  let closing: Promise<void> | undefined;

  const request = async (sent: HttpRequest): Promise<HttpAnswer> => {
    if (sent.signal.aborted) throw abortOf(origin, sent.signal);
    if (underWay >= requestsMax) throw new SourceError('unavailable', `${origin}: ${requestsMax} requests under way`);
    underWay += 1;
    (sent.signal as CallSignal).trace?.describe(httpAttributes(origin, sent.method));
    const trip = pools.begin();
    const answer = exchange(trip, origin, prefix, sent).finally(() => {
      underWay -= 1;
    });
    return orAborted(answer, origin, sent.signal);
  };

  const close = () => {
    closing ??= pools.close();
    return closing;
  };

  return { request, close };
}

async function exchange(trip: HttpTrip, origin: string, prefix: string, sent: HttpRequest): Promise<HttpAnswer> {
  const response = await send(trip.pool, prefix, sent).catch((error: unknown) => {
    const failure = failureOf(origin, 'awaiting-headers', error);
    if (sent.signal.aborted ? isOutOfTime(sent.signal) : failure.kind !== 'failed') trip.unheard();
    throw failure;
  });
  trip.heard();
  (sent.signal as CallSignal).trace?.describe({ 'http.response.status_code': response.statusCode });
  const retryAfterMs = retryAfterMsOf(response.headers['retry-after'], Date.now());
  const refusal = refusalOf(origin, response.statusCode, retryAfterMs);
  const bytes = await response.body.bytes().catch((error: unknown) => {
    // The status was known before the body broke, and it says more.
    throw refusal ?? failureOf(origin, 'reading-body', error);
  });
  if (refusal) throw refusal;
  if (response.statusCode === 204) return { status: 204, body: undefined };
  return { status: response.statusCode, body: parse(origin, response.headers['content-type'], bytes) };
}

function send(pool: HttpTrip['pool'], prefix: string, { method, path, body, signal, headers }: HttpRequest) {
  return pool.request({
    method,
    path: prefix + path,
    signal,
    headers: {
      ...traceHeader(signal),
      ...headers,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function traceHeader({ trace }: CallSignal): Readonly<Record<string, string>> | undefined {
  return trace && { traceparent: trace.traceParent };
}

/** RFC 8259: UTF-8 only. The parser's message would quote the answer, so it is left out. */
function parse(origin: string, contentType: string | string[] | undefined, bytes: Uint8Array): unknown {
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(String(contentType))) {
    throw new SourceError('answer-invalid', `${origin}: the answer is not application/json`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new SourceError('answer-invalid', `${origin}: the answer is not well-formed JSON in UTF-8`);
  }
}

/** undici lets an aborted request wait in its queue until a connection is free; its caller need not wait with it. */
function orAborted<T>(work: Promise<T>, origin: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortOf(origin, signal));
    signal.addEventListener('abort', onAbort, { once: true });
    const onFailure = (error: unknown) => reject(signal.aborted ? abortOf(origin, signal) : error);
    work.then(resolve, onFailure).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
