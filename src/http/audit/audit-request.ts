/** What the routes below `/v1/audit` have in common: nothing is cached, and parameters are read from one place only. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { MessageParser } from '../../exchange/ports.ts';
import { codingRefusal } from '../body-refusal.ts';
import { bodyParameters, Parameters, queryParameters } from './parameters.ts';

/** HEAD would read, and record, as much as GET; and OpenAPI paths of their own describe these routes. */
export const routeOptions = { schema: { hide: true }, exposeHeadRoute: false };

export function forbidStoring(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store').header('vary', 'accept, authorization');
}

/** Of the address. */
export function parametersOf(request: FastifyRequest): Parameters {
  const [, query = ''] = /\?(.*)$/s.exec(request.raw.url ?? '') ?? [];
  return new Parameters(queryParameters(query));
}

/** Of the message; its address takes none. Throws Problem. */
export function messageParametersOf(request: FastifyRequest, parser: MessageParser): Parameters {
  parametersOf(request).demandAll();
  const refusal = codingRefusal(request);
  if (refusal !== undefined) throw refusal;
  const content = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
  return new Parameters(bodyParameters(parser.parse(content)));
}
