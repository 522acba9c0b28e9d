/** Lets operators through to what only they may see or do. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../exchange/callers.ts';
import { Problem } from '../problems.ts';
import { forbidStoring } from './audit/audit-request.ts';
import type { Looking } from './looking.ts';

/** Throws Problem(`role-not-allowed`), and what the token itself is refused for. */
export async function demandOperator(
  { looking }: { readonly looking: Pick<Looking, 'identify'> },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Caller> {
  forbidStoring(reply);
  const caller = await looking.identify(request);
  if (caller.role === 'operator') return caller;
  throw new Problem('role-not-allowed', 'This is for tokens of role operator.');
}
