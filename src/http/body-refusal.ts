/** Says in the gateway's own words why Fastify could not read a request's body. */

import type { FastifyError } from 'fastify';
import { Problem } from '../problems.ts';

/** Undefined where the error is about something else. */
export function bodyRefusalOf({ code }: FastifyError | Problem, bodyBytesMax: number): Problem | undefined {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('content-too-large', `The message is larger than ${bodyBytesMax} bytes.`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return new Problem('content-type-unsupported', 'The message must be application/json.');
    case 'ECONNRESET':
      return new Problem('client-disconnected', 'The caller closed the connection before its message was whole.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('request-malformed', 'The body has another length than Content-Length says.');
    default:
      return undefined;
  }
}
