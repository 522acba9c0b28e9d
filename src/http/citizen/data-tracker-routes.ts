/** The same for portals that speak the Data Tracker's protocol (andmejälgija, kasutusteabe esitamise protokoll 2.1, section 6). */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditRow } from '../../exchange/audit.ts';
import type { Caller } from '../../exchange/callers.ts';
import { Problem } from '../../problems.ts';
import { forbidStoring, parametersOf, routeOptions } from '../audit/audit-request.ts';
import { moment, wholeNumber } from '../audit/forms.ts';
import type { Form } from '../audit/parameters.ts';
import type { CitizenRouteDependencies } from './citizen-dependencies.ts';
import { lookAtOneself } from './own-look.ts';
import { printUsage } from './usage.ts';

/** Described in `openapi/citizen-paths.ts`. */
export function registerDataTrackerRoutes(app: FastifyInstance, deps: CitizenRouteDependencies): void {
  const { accesses, looking, limits, names, ownLog, ready } = deps;

  app.get('/v2/findUsage', routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await looking.identify(request);
    const parameters = parametersOf(request);
    const userCode = parameters.read('userCode', anyCode);
    const fromMs = parameters.read('periodStart', moment('from'));
    const toMs = parameters.read('periodEnd', moment('to'));
    const offset = parameters.read('offset', wholeNumber(limits.usageScanRowsMax, 0)) ?? 0;
    const limit = parameters.read('limit', wholeNumber(limits.usageRowsMax)) ?? limits.usageRowsMax;
    parameters.demandAll();
    const refusal = strangerRefusal(caller, [userCode, request.headers['x-road-userid']]) ?? (await accesses.refusal());
    const look = await lookAtOneself(deps, { request, reply, caller }, { filters: { form: 'findUsage' }, refusal });
    const period = { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
    const rows = await accesses.all({ id: request.id, person: caller.id, look, period });
    const print = (row: AuditRow) => printUsage(row, names, languageOf(request));
    return reply.send({ totalUsages: rows.length, usages: rows.slice(offset, offset + limit).map(print) });
  });

  app.get('/v2/usagePeriod', routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await looking.identify(request);
    parametersOf(request).demandAll();
    const refusal = strangerRefusal(caller, [request.headers['x-road-userid']]);
    await lookAtOneself(deps, { request, reply, caller }, { filters: { form: 'usagePeriod' }, refusal });
    // The look itself is an entry, so that there is a first one.
    return reply.send({ periodStart: await ownLog.begunAt() });
  });

  app.get('/v2/heartbeat', routeOptions, async (_request, reply) => {
    forbidStoring(reply);
    return reply.send(
      (await ready())
        ? { status: 'OK', message: 'The log and its index answer' }
        : { status: 'FAIL', message: 'The log or its index does not answer' },
    );
  });
}

/** Whatever it is, it is only compared, and never repeated. */
const anyCode: Form<string> = {
  rule: 'text',
  demands: () => 'must be the personal number for which the token was issued, or left out',
  read: (value) => (typeof value === 'string' ? { value } : undefined),
};

/** ISO 3166-1 alpha-2 before the personal number, as the protocol's own examples have it. */
const countryPrefix = /^[A-Z]{2}(?=\d)/;

/** A token says who asks; a portal that also sends the number must send the same. */
function strangerRefusal(
  { id }: Caller,
  codes: readonly (string | readonly string[] | undefined)[],
): Problem | undefined {
  const isOwn = (code: unknown) => typeof code === 'string' && code.replace(countryPrefix, '') === id;
  return codes.every((code) => code === undefined || isOwn(code))
    ? undefined
    : new Problem(
        'role-not-allowed',
        'A citizen’s token is for the data of the person whom it names, and of nobody else.',
      );
}

/** Vietnamese, unless the reader prefers English. */
function languageOf(request: FastifyRequest): 'vi' | 'en' {
  return /^\s*en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'vi';
}
