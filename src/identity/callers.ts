/** Says whom a bearer token was issued for, where no X-Road client is named: receipts, and what auditors read. */

import type { Callers } from '../exchange/callers.ts';
import { Problem } from '../problems.ts';
import { covers } from './identity.ts';
import type { MemberDirectory } from './members.ts';
import type { Tokens } from './tokens.ts';

export function createCallers(directory: MemberDirectory, tokens: Tokens): Callers {
  return {
    async identify(bearerToken) {
      if (bearerToken === undefined) {
        throw new Problem('authentication-required', 'The request has no bearer token.');
      }
      const subject = await tokens.verify(bearerToken);
      const own = directory.canonical(subject.id);
      return {
        ...subject,
        confinedTo: subject.confinedTo === undefined ? undefined : directory.canonical(subject.confinedTo),
        covers: (clientId) => subject.role === 'client' && covers(own, directory.canonical(clientId)),
      };
    },
  };
}
