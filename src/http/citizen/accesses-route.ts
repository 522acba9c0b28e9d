/** Who asked about me: each entry with the proof that it is in the log, and a running number that shows whether one is missing. */

import type { FastifyInstance } from 'fastify';
import type { AccessPage, AccessRow } from '../../exchange/accesses.ts';
import { forbidStoring, parametersOf, routeOptions } from '../audit/audit-request.ts';
import { cursor, wholeNumber } from '../audit/forms.ts';
import { readTimes } from '../audit/read-filter.ts';
import type { CitizenRouteDependencies, Names } from './citizen-dependencies.ts';
import { lookAtOneself } from './own-look.ts';

const path = '/v1/me/accesses';

/** Described in `openapi/citizen-paths.ts`. */
export function registerAccessesRoute(app: FastifyInstance, deps: CitizenRouteDependencies): void {
  const { accesses, looking, limits, names } = deps;
  app.get(path, routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await looking.identify(request);
    const parameters = parametersOf(request);
    const { filter: period, recorded } = readTimes(parameters);
    const limit = parameters.read('limit', wholeNumber(limits.pageRowsMax)) ?? limits.pageRows;
    const after = parameters.read('after', cursor(accesses.isCursor));
    parameters.demandAll();
    const refusal = await accesses.refusal();
    const look = await lookAtOneself(deps, { request, reply, caller }, { filters: recorded, refusal });
    const page = await accesses.page({ id: request.id, person: caller.id, look, period }, { limit, after });
    return reply.send(printPage(page, names));
  });
}

function printPage({ subjects, log, checkpoint, others, look, rows, next }: AccessPage, names: Names) {
  return {
    log,
    subjects,
    checkpoint,
    ...(others.length === 0 ? {} : { others: others.map((one) => ({ ...one, look: printRow(one.look, names) })) }),
    look: printRow(look, names),
    accesses: rows.map((row) => printRow(row, names)),
    next,
  };
}

/** The entry is canonical JSON, and printing what was parsed from it gives the same. */
function printRow({ log, index, access, proven }: AccessRow, names: Names) {
  const place = { log, index, ...access, names: namesOf(access, names) };
  if (proven === undefined) return { ...place, provenBy: log };
  return { ...place, entry: JSON.parse(proven.entry.toString()) as unknown, inclusion: proven.inclusion };
}

/** As they are called today; the entry holds the identifiers only, and proves nothing about these. */
function namesOf({ consumer, service }: AccessRow['access'], names: Names) {
  const asked = typeof consumer === 'string' ? consumer : undefined;
  const about = typeof service === 'string' ? service : undefined;
  return {
    consumer: asked && names.member(asked),
    consumerSystem: asked && names.subsystem(asked),
    owner: about && names.member(about),
    service: about && names.service(about),
  };
}
