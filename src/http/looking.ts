/** Lets nobody look into the log unseen: who may is told by role and scope, and the look is durable before anything is read. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuditScope, Caller, Callers } from '../exchange/callers.ts';
import type { LogPosition, Look, LookRole } from '../exchange/entries.ts';
import type { Looks } from '../exchange/looks.ts';
import type { LookRates, LooksUsedUp, RefusalTally } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import { readBearerToken } from './read-incoming.ts';
import { readIssue, type XRoadHeaderLimits } from './x-road/headers.ts';

export interface LookingDependencies {
  readonly callers: Callers;
  readonly looks: Looks;
  readonly rates: LookRates;
  readonly refusals: Pick<RefusalTally, 'count'>;
  readonly limits: Pick<XRoadHeaderLimits, 'issueCharactersMax'>;
}

/** What somebody wants to look at. */
export interface WantedLook {
  readonly look: Look;
  /** Whose tokens are for it; an auditor's where none is named. */
  readonly role?: LookRole;
  /** All of them are needed. */
  readonly scopes: readonly AuditScope[];
  /** Pseudonym of the one person whom the look is about. */
  readonly subject?: string | undefined;
  /** What is searched for; people are pseudonyms in it. */
  readonly filters?: Readonly<Record<string, string>> | undefined;
  /** Cannot be confined to one member's exchanges. */
  readonly wholeLog?: boolean;
  /** Why it must not be, beyond what the token says. */
  readonly refusal?: Problem | undefined;
  /** True where `admit` was asked already, before anything was looked up. */
  readonly isAdmitted?: true;
}

export interface Looking {
  /** Who asks. Throws Problem (401): then nothing is recorded, or anybody could let the log grow. */
  identify(request: FastifyRequest): Promise<Caller>;
  /** Why the token is not for it; undefined where it is. */
  refusalOf(caller: Caller, wanted: WantedLook): Problem | undefined;
  /**
   * Takes one of the looks that the caller has. Beyond them it throws the refusal, Problem('quota-exceeded') where there
   * is none, which is counted and gets no entry. `look` does this itself where nobody has.
   */
  admit(caller: Caller, refusal: Problem | undefined): void;
  /**
   * Records the look and names its entry in the reply's headers. Throws what `admit` throws; Problem('role-not-allowed')
   * where the token is not for it, which is recorded too, and Problem('log-unavailable') where nothing can be recorded.
   */
  look(request: FastifyRequest, reply: FastifyReply, caller: Caller, wanted: WantedLook): Promise<LogPosition>;
}

export function createLooking({ callers, looks, rates, refusals, limits }: LookingDependencies): Looking {
  function admit({ role, id }: Caller, refusal: Problem | undefined): void {
    // What consumers do is in the log by their exchanges: they have quotas, and no looks.
    const usedUp = role === 'client' ? undefined : rates.take(role, id);
    if (usedUp === undefined) return;
    const problem = refusal ?? tooOften(usedUp);
    refusals.count(problem.code, undefined);
    throw problem;
  }

  return {
    identify: (request) => callers.identify(readBearerToken(request.headers.authorization)),
    refusalOf,
    admit,
    async look(request, reply, caller, wanted) {
      const { look, subject, filters } = wanted;
      const { id: by, role } = caller;
      const refusal = refusalOf(caller, wanted);
      // An entry knows no role client.
      if (role === 'client') throw refusal;
      if (!wanted.isAdmitted) admit(caller, refusal);
      const issue = readIssue(request.headers, request.raw.rawHeaders, limits);
      const recorded = await looks.record({ id: request.id, look, role, by, issue, subject, filters, refusal });
      reply.header('exchange-id', request.id).header('exchange-log-index', recorded.index);
      if (refusal !== undefined) throw refusal;
      return recorded;
    },
  };
}

function tooOften({ waitMs, perSecond, burst }: LooksUsedUp): Problem {
  const detail = `Each look is an entry in the exchange log: this token has ${burst} at once, and ${perSecond} a second.`;
  return new Problem('quota-exceeded', detail, { retryAfterSeconds: Math.ceil(waitMs / 1000) });
}

function refusalOf({ role, scopes, confinedTo }: Caller, wanted: WantedLook): Problem | undefined {
  const wantedRole = wanted.role ?? 'auditor';
  if (role !== wantedRole) return new Problem('role-not-allowed', `This is for tokens of role ${wantedRole}.`);
  const missing = wanted.scopes.filter((scope) => !scopes.has(scope));
  if (missing.length > 0) {
    return new Problem('role-not-allowed', `The token lacks the scope ${missing.join(' and ')}.`);
  }
  if (wanted.wholeLog && confinedTo !== undefined) {
    return new Problem('role-not-allowed', `The token is confined to ${confinedTo}, and this holds everybody's.`);
  }
  return wanted.refusal;
}
