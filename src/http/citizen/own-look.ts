/** Every route for a person's own token begins here: nobody but the person, and the question is an entry about them before it is answered. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../exchange/callers.ts';
import type { LogPosition } from '../../exchange/entries.ts';
import { Problem } from '../../problems.ts';
import { isPin } from '../audit/personal-forms.ts';
import type { CitizenRouteDependencies } from './citizen-dependencies.ts';

/**
 * Records the look under the person's present name. Throws Problem: 401 for nobody known, and for a citizen's token of
 * no personal number, which is nobody's; 403 for any other role, with no person then in the entry of the refusal: only a
 * citizen's token says who somebody is.
 */
export async function lookAtOneself(
  { looking, pseudonyms }: Pick<CitizenRouteDependencies, 'looking' | 'pseudonyms'>,
  {
    request,
    reply,
    caller,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly caller: Caller },
  { filters, refusal }: { readonly filters?: Readonly<Record<string, string>>; readonly refusal?: Problem | undefined },
): Promise<LogPosition> {
  const isCitizen = caller.role === 'citizen';
  // Under a name made of anything else there is nothing, and "nobody has asked about you" would be believed.
  if (isCitizen && !isPin(caller.id)) {
    throw new Problem('token-invalid', 'The subject (sub) of a citizen’s token must be a personal number: 12 digits.');
  }
  return looking.look(request, reply, caller, {
    look: 'accesses',
    role: 'citizen',
    scopes: [],
    subject: isCitizen ? pseudonyms.person(caller.id) : undefined,
    filters,
    refusal,
  });
}
