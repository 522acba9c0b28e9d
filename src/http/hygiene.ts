/** Closes what Node's HTTP server leaves open: slow peers, ambiguous framing, and requests that two readers could read differently. */

import type { IncomingHttpHeaders, IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyServerOptions, onRequestHookHandler } from 'fastify';
import { Problem } from '../problems.ts';
import { answerMalformedHttp } from './malformed-http.ts';
import { mayRepeatNames } from './repeated-names.ts';

export interface HttpLimits {
  /** For a request to arrive whole, milliseconds. */
  readonly requestTimeoutMs: number;
  /** For its headers to arrive, milliseconds; at most `requestTimeoutMs`. */
  readonly headersTimeoutMs: number;
  /** How often the two above are checked, milliseconds. */
  readonly timeoutCheckIntervalMs: number;
  /** For an idle connection to send its next request, milliseconds. */
  readonly keepAliveTimeoutMs: number;
  /** For a connection on which nothing moves although a request is open, milliseconds; more than the longest exchange takes. */
  readonly inactivityTimeoutMs: number;
  /** Request line and headers together, bytes. */
  readonly headerBytesMax: number;
  /** Header lines in a request; below 1,000, for Node silently drops headers behind the 1,999th. */
  readonly headersMax: number;
  /** Path and query, bytes. */
  readonly urlBytesMax: number;
  /** Requests of one connection that may wait for their answers; beyond them it is cut. */
  readonly pipelinedRequestsMax: number;
}

/** Spread into fastify's options; for TLS spread `http` into `https` beside key and certificate. */
export interface HygienicServerOptions {
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionTimeout: number;
  readonly http: ServerOptions;
  readonly clientErrorHandler: NonNullable<FastifyServerOptions['clientErrorHandler']>;
}

export function hygienicServerOptions(limits: HttpLimits): HygienicServerOptions {
  return {
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionTimeout: limits.inactivityTimeoutMs,
    http: {
      requestTimeout: limits.requestTimeoutMs,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckIntervalMs,
      maxHeaderSize: limits.headerBytesMax,
      // The check below answers that with a problem; Node would with an empty 400.
      requireHostHeader: false,
      insecureHTTPParser: false,
    },
    clientErrorHandler: answerMalformedHttp,
  };
}

interface Connection {
  /** Requests that have no answer yet. */
  waiting: number;
  /** A request on it broke the rules. */
  isRefused: boolean;
}

/** The check as fastify's first onRequest hook: a connection that broke the rules once is closed, and nothing more of it is served. */
export function hygieneHook(limits: HttpLimits): onRequestHookHandler {
  const connections = new WeakMap<Socket, Connection>();
  // One function for all replies, which are emitters of their own: a closure for each would outlive its request.
  function replyClosed(this: ServerResponse): void {
    const connection = connections.get(this.req.socket);
    if (connection !== undefined) connection.waiting -= 1;
  }
  return (request, reply, done) => {
    const { socket } = request.raw;
    let connection = connections.get(socket);
    if (connection === undefined) {
      connection = { waiting: 0, isRefused: false };
      connections.set(socket, connection);
    }
    if (connection.waiting === limits.pipelinedRequestsMax) {
      // The parser has read them all at once; not one more may begin, and none of them is answered.
      socket.destroy();
      return;
    }
    connection.waiting += 1;
    reply.raw.on('close', replyClosed);
    const problem = connection.isRefused
      ? malformed('An earlier request on this connection was refused.')
      : refuseUnhygienicRequest(request.raw, limits);
    if (problem === undefined) return done();
    connection.isRefused = true;
    reply.header('connection', 'close');
    done(problem);
  };
}

/**
 * What the parser lets through but RFC 9112 forbids or a proxy in front could read otherwise; undefined if all is well.
 * Returns Problem `request-malformed` or `header-invalid`.
 */
export function refuseUnhygienicRequest(
  { headers, rawHeaders, url = '', httpVersion }: RequestHead,
  limits: Pick<HttpLimits, 'headersMax' | 'urlBytesMax'>,
): Problem | undefined {
  // RFC 9112 section 2.3; 1.0 stays because proxies still speak it to what is behind them.
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return malformed('The request line must end with HTTP/1.1.');
  // RFC 9112 section 3.2.1; `//` would be an authority to whoever resolves the path against a base.
  if (!url.startsWith('/') || url.startsWith('//')) return malformed('The request target must be a path.');
  if (UNSAFE_IN_TARGET.test(url)) return malformed('The path holds a character that must be percent-encoded.');
  if (url.length > limits.urlBytesMax) return malformed(`The path is longer than ${limits.urlBytesMax} bytes.`);
  if (rawHeaders.length / 2 > limits.headersMax) return malformed(`There are more than ${limits.headersMax} headers.`);
  return refuseHeaders(headers, rawHeaders, httpVersion);
}

/** Of IncomingMessage. */
export type RequestHead = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'url' | 'httpVersion'>;

const malformed = (detail: string): Problem => new Problem('request-malformed', detail);

/** The parser itself refuses controls, space and bytes above 0x7e. */
const UNSAFE_IN_TARGET = /[^\x21-\x7e]|[#\\]/;

/** RFC 3986 section 3.2.2 and 3.2.3: host and port, the host not empty. */
const HOST = /^(?:\[[\dA-Fa-f:.]+\]|[\w\-.~!$&'()*+;=%]+)(?::\d{1,5})?$/;

/** Headers of which Node keeps the first or the last, or joins what cannot be joined: two of them are two meanings. */
const SINGLE = new Set([
  'host',
  'transfer-encoding',
  'content-length',
  'content-type',
  'content-encoding',
  'authorization',
]);

function refuseHeaders(
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  httpVersion: string,
): Problem | undefined {
  if (mayRepeatNames(headers, rawHeaders)) {
    const repeated = repeatedName(rawHeaders);
    if (repeated !== undefined) return new Problem('header-invalid', `${repeated} is sent more than once.`);
  }
  if (!HOST.test(headers.host ?? '')) return new Problem('header-invalid', 'host must be one name or address.');
  const transferEncoding = headers['transfer-encoding'];
  return transferEncoding === undefined ? undefined : refuseFraming(transferEncoding, headers, httpVersion);
}

function repeatedName(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (SINGLE.has(name) && seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/** RFC 9112 sections 6.1 and 6.3: whoever reads the length of the body otherwise takes its end for a request of its own. */
function refuseFraming(
  transferEncoding: string,
  headers: IncomingHttpHeaders,
  httpVersion: string,
): Problem | undefined {
  if (transferEncoding.toLowerCase() !== 'chunked') return malformed('transfer-encoding may only be chunked.');
  if (headers['content-length'] !== undefined)
    return malformed('transfer-encoding and content-length exclude each other.');
  if (httpVersion === '1.0') return malformed('HTTP/1.0 has no transfer-encoding.');
  return undefined;
}
