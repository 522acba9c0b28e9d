/** Reads an HTTP request into what the heart of the gateway understands, by the rules of the X-Road protocol. */

import type { FastifyRequest } from 'fastify';
import type { Credentials, Incoming } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { readMessageId, readXRoadHeaders, type XRoadHeaderDefaults } from './x-road/headers.ts';
import type { ServicePath } from './x-road/identifier.ts';

export interface ReadIncoming {
  readonly incoming: Incoming;
  /** True where the gateway made X-Road-Id. */
  readonly messageIdMade: boolean;
  /** Why the request cannot be carried out; it is recorded as refused with what could be read. */
  readonly refusal: Problem | undefined;
}

export interface Envelope {
  readonly exchangeId: string;
  readonly receivedAtMs: number;
  readonly signal: () => AbortSignal;
  readonly content: Uint8Array;
}

export interface XRoadReader extends XRoadHeaderDefaults {
  /** `parseServicePath`, or what remembers its results. */
  readonly readServicePath: (rawPath: string) => ServicePath;
}

const prefix = '/r1/';

/** Never throws: what is wrong with the request comes back as `refusal`. */
export function readIncoming(request: FastifyRequest, envelope: Envelope, reader: XRoadReader): ReadIncoming {
  const [path = '', query = ''] = splitOnce(request.raw.url ?? '', '?');
  const refusals: Problem[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refusals.push(error);
      return undefined;
    }
  };
  const service = attempt(() => servicePathOf(path, reader));
  const headers = attempt(() => readXRoadHeaders(request.headers, request.raw.rawHeaders, reader));
  const id = headers ?? attempt(() => readMessageId(request.headers, reader));
  const bearerToken = attempt(() => readBearerToken(request.headers.authorization));
  return {
    incoming: {
      id: envelope.exchangeId,
      receivedAtMs: envelope.receivedAtMs,
      credentials: { bearerToken, remoteAddress: request.raw.socket.remoteAddress ?? '' },
      clientId: headers?.clientId,
      serviceId: service?.serviceId,
      version: service?.tail.join('/') ?? '',
      verb: request.method,
      query,
      messageId: id?.messageId ?? '',
      messageName: headers?.idempotencyKey ?? (id?.messageIdMade ? undefined : id?.messageId),
      corrects: headers?.corrects,
      official: headers?.userId,
      issue: headers?.issue,
      representedParty: headers?.representedParty,
      purpose: headers?.purpose,
      content: envelope.content,
      signal: envelope.signal,
      traceParent: singleOf(request.headers.traceparent),
    },
    messageIdMade: id?.messageIdMade ?? false,
    refusal: refusals[0],
  };
}

/** Sent twice, a header that must not be is nobody's. */
const singleOf = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined);

/** The router decodes before it compares: a path that only decodes to `/r1/` would be cut in the wrong place. */
function servicePathOf(path: string, { readServicePath }: XRoadReader): ServicePath {
  if (path.startsWith(prefix)) return readServicePath(path.slice(prefix.length));
  throw new Problem('service-identifier-invalid', `The path must begin with ${prefix} as it stands.`);
}

/** RFC 6750 section 2.1. */
export function readBearerToken(authorization: string | undefined): Credentials['bearerToken'] {
  if (authorization === undefined) return undefined;
  const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization) ?? [];
  if (token === undefined) throw new Problem('token-invalid', 'Authorization must be "Bearer" and a token.');
  return token;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
