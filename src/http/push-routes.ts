/** Tells senders where their pushes are, one by its id or those that match; auditors one by its id, and the look is recorded. */

import type { FastifyInstance } from 'fastify';
import type { Caller } from '../exchange/callers.ts';
import type { Pseudonyms } from '../exchange/ports.ts';
import type { PushDetails, Pushes, PushSummary } from '../exchange/pushes.ts';
import type { XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { forbidStoring, parametersOf, routeOptions } from './audit/audit-request.ts';
import { mayLookAt } from './audit/confinement.ts';
import { moment, oneOf, wholeNumber } from './audit/forms.ts';
import type { Form, Parameters } from './audit/parameters.ts';
import { callingSubsystem } from './calling-subsystem.ts';
import { exchangeIdForm } from './exchange-id.ts';
import type { Looking, WantedLook } from './looking.ts';

export interface PushRouteDependencies {
  readonly pushes: Pushes;
  readonly looking: Looking;
  readonly pseudonyms: Pick<Pseudonyms, 'text'>;
  readonly canonical: (id: XRoadId) => XRoadId;
  readonly limits: PushListLimits;
}

export interface PushListLimits {
  /** All that a push can be in. */
  readonly states: readonly string[];
  readonly pageRows: number;
  readonly pageRowsMax: number;
  readonly issueCharactersMax: number;
}

const wantedLook: WantedLook = { look: 'exchange', scopes: ['exchanges'] };
const refusal = 'Pushes are listed for the subsystem that sent them: name it in X-Road-Client.';

/** Described in `openapi/push-paths.ts`. */
export function registerPushRoutes(
  app: FastifyInstance,
  { pushes, looking, pseudonyms, canonical, limits }: PushRouteDependencies,
): void {
  app.get<{ Params: { id: string } }>('/v1/exchanges/:id', routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await looking.identify(request);
    parametersOf(request).demandAll();
    const { id } = request.params;
    const isId = exchangeIdForm.test(id);
    const isLook = isId && caller.role !== 'client';
    const refused = isLook ? looking.refusalOf(caller, wantedLook) : undefined;
    if (isLook) looking.admit(caller, refused);
    const push = isId && refused === undefined ? await pushes.find(id) : undefined;
    if (isLook) {
      // The digits of an id that is nobody's may be a personal number.
      const exchange = push === undefined ? pseudonyms.text(id) : id;
      await looking.look(request, reply, caller, { ...wantedLook, filters: { exchange }, isAdmitted: true });
    }
    // One answer for both: nobody learns which ids others have used.
    if (push === undefined || !mayRead(caller, push)) {
      throw new Problem('not-found', 'There is no push of yours under that id.');
    }
    return reply.send(shownTo(caller, push));
  });

  app.get('/v1/exchanges', routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await looking.identify(request);
    const parameters = parametersOf(request);
    const sender = callingSubsystem(request, caller, canonical, refusal);
    const page = readPage(parameters, limits);
    const filter = { ...readFilter(parameters, limits), sender };
    parameters.demandAll();
    const { pushes: found, next } = await pushes.list(filter, page);
    return reply.send({ exchanges: found.map(summaryShown), next });
  });
}

/** Filters that senders and operators have in common. */
export function readFilter(parameters: Parameters, { states, issueCharactersMax }: PushListLimits) {
  return {
    state: parameters.read('state', oneOf(states)),
    issue: parameters.read('issue', text(issueCharactersMax)),
    fromMs: parameters.read('from', moment('from')),
    toMs: parameters.read('to', moment('to')),
  };
}

export function readPage(parameters: Parameters, { pageRows, pageRowsMax }: PushListLimits) {
  const limit = parameters.read('limit', wholeNumber(pageRowsMax)) ?? pageRows;
  return { limit, after: parameters.read('after', wholeNumber(Number.MAX_SAFE_INTEGER)) };
}

const text = (charactersMax: number): Form<string> => ({
  rule: 'length',
  demands: () => `must have 1 to ${charactersMax} characters`,
  read: (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= charactersMax ? { value } : undefined,
});

function mayRead(caller: Caller, { sender, service }: PushSummary): boolean {
  return caller.role === 'client' ? caller.covers(sender) : mayLookAt(caller.confinedTo, { consumer: sender, service });
}

/** What the registries answered, or said of a message, is for its sender alone. */
function shownTo(caller: Caller, push: PushDetails): object {
  const { result, refusal } = push;
  return { ...detailsShown(push), ...(caller.covers(push.sender) ? { result, refusal } : {}) };
}

export function detailsShown(push: PushDetails): object {
  const { legs, transitions } = push;
  return {
    ...summaryShown(push),
    legs,
    transitions: transitions.map((one) => ({ ...one, receipt: `/v1/exchanges/${one.id}/receipt` })),
    receipt: `/v1/exchanges/${push.id}/receipt`,
  };
}

export function summaryShown({ id, isFinal, ...others }: PushSummary): object {
  const { sender, service, version, registry, state, acceptedAt, since, nextTry, tries, problem, reason } = others;
  const known = { sender, service, version, registry, state, final: isFinal, acceptedAt, since, nextTry, tries };
  const { heldBehind, heldBehindDeadLetter, intended, corrects, correctedBy, legsDone, legInDoubt } = others;
  const links = { heldBehind, heldBehindDeadLetter, intended, corrects, correctedBy };
  return { exchangeId: id, ...known, problem, reason, legsDone, legInDoubt, ...links };
}
