/** Says in the gateway's own words why a request's body cannot be read. */

import type { FastifyError, FastifyRequest } from 'fastify';
import { Problem } from '../problems.ts';

/** Why Fastify could not read it; undefined where the error is about something else. */
export function bodyRefusalOf({ code }: FastifyError | Problem, bodyBytesMax: number): Problem | undefined {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('content-too-large', `The message is larger than ${bodyBytesMax} bytes.`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return new Problem(
        'content-type-unsupported',
        'The message must be application/json, many of them application/x-ndjson.',
      );
    case 'ECONNRESET':
      return new Problem('client-disconnected', 'The caller closed the connection before its message was whole.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('request-malformed', 'The body has another length than Content-Length says.');
    default:
      return undefined;
  }
}

const charsetForm = /;\s*charset\s*=\s*"?([^\s";]+)/i;

/** A coded body would be validated and digested in a form that nobody sent; another charset would be misread as UTF-8. */
export function codingRefusal(request: FastifyRequest): Problem | undefined {
  const coding = request.headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') {
    return new Problem('content-type-unsupported', 'The message must be sent without content coding.');
  }
  // As nearly every caller sends it; the rest is read for its charset.
  if (request.headers['content-type'] === 'application/json') return undefined;
  const charset = charsetForm.exec(request.headers['content-type'] ?? '')?.[1]?.toLowerCase();
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8') return undefined;
  return new Problem('content-type-unsupported', 'The message must be sent in UTF-8.');
}
