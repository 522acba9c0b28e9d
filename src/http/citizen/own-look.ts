/** Every route for a person's own token begins here: nobody but the person, and the question is an entry about them before it is answered. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../exchange/callers.ts';
import type { LogPosition } from '../../exchange/entries.ts';
import { Problem } from '../../problems.ts';
import { isPin } from '../audit/personal-forms.ts';
import type { WantedLook } from '../looking.ts';
import type { CitizenRouteDependencies } from './citizen-dependencies.ts';

export interface OwnLook {
  readonly filters?: Readonly<Record<string, string>>;
  /** Why it must not be, beyond what the token says. */
  readonly refusal?: Problem | undefined;
  /** Says why it cannot be answered now; asked for where nothing else is against it. */
  readonly lacking?: () => Promise<Problem | undefined>;
}

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
  asked: OwnLook,
): Promise<LogPosition> {
  const isCitizen = caller.role === 'citizen';
  // Under a name made of anything else there is nothing, and "nobody has asked about you" would be believed.
  if (isCitizen && !isPin(caller.id)) {
    throw new Problem('token-invalid', 'The subject (sub) of a citizen’s token must be a personal number: 12 digits.');
  }
  const wanted: WantedLook = {
    look: 'accesses',
    role: 'citizen',
    scopes: [],
    subject: isCitizen ? pseudonyms.person(caller.id) : undefined,
    filters: asked.filters,
    refusal: asked.refusal,
  };
  const refusal = looking.refusalOf(caller, wanted);
  // Before anybody is asked why not: whoever asks too often costs nobody else's time.
  looking.admit(caller, refusal);
  const lacking = refusal ?? (await asked.lacking?.());
  return looking.look(request, reply, caller, { ...wanted, refusal: lacking, isAdmitted: true });
}
