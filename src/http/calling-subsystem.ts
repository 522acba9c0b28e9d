/** For which of the caller's subsystems a look is that is no exchange. */

import type { FastifyRequest } from 'fastify';
import type { Caller } from '../exchange/callers.ts';
import type { XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';

/**
 * In its present form, also where it was named by a code that the member had before. X-Road-Client names it, as on the other ways;
 * without it, whoever the token is for. Throws Problem('role-not-allowed') with what is to be told to anybody else.
 */
export function callingSubsystem(
  { headers }: FastifyRequest,
  caller: Caller,
  canonical: (id: XRoadId) => XRoadId,
  refusal: string,
): XRoadId {
  const client = headers['x-road-client'] ?? caller.id;
  if (typeof client === 'string' && caller.covers(client)) return canonical(client);
  throw new Problem('role-not-allowed', refusal);
}
