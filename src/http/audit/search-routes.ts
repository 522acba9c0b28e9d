/** Searching the log: a page, everything that matches, or one exchange by its id. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditRow } from '../../exchange/audit.ts';
import type { Caller } from '../../exchange/callers.ts';
import { Problem } from '../../problems.ts';
import { lookAtExchange } from '../exchange-look.ts';
import type { AuditRouteDependencies } from './audit-dependencies.ts';
import { forbidStoring, messageParametersOf, parametersOf, routeOptions } from './audit-request.ts';
import { mayLookAt } from './confinement.ts';
import { createExportSlots, type ExportSlots } from './export-slots.ts';
import { cursor, wholeNumber } from './forms.ts';
import type { Parameters } from './parameters.ts';
import { type ReadFilter, readSearch } from './read-filter.ts';
import { readerSignal, rowFormOf, sendRows } from './rows-out.ts';

const columns = [
  ...(['time', 'id', 'log', 'index', 'kind', 'consumer', 'claimedConsumer', 'service', 'version'] as const),
  ...(['purpose', 'agreement', 'legalBasis', 'official', 'issue', 'subject', 'subjectNumber', 'fields'] as const),
  ...(['status', 'problem', 'source', 'durationMs', 'look', 'role', 'action'] as const),
] satisfies (keyof AuditRow)[];

interface Search {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
  readonly parameters: Parameters;
}

export function registerSearchRoutes(app: FastifyInstance, deps: AuditRouteDependencies): void {
  const slots = createExportSlots(deps.limits.exportsMax);
  const answer = async (search: Search) =>
    rowFormOf(search.request) === 'json' ? sendPage(deps, search) : sendExport(deps, slots, search);

  app.get('/v1/audit/exchanges', routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await deps.looking.identify(request);
    return answer({ request, reply, caller, parameters: parametersOf(request) });
  });

  app.post('/v1/audit/exchanges/search', routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await deps.looking.identify(request);
    return answer({ request, reply, caller, parameters: messageParametersOf(request, deps.parser) });
  });

  app.get<{ Params: { id: string } }>('/v1/audit/exchanges/:id', routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await deps.looking.identify(request);
    parametersOf(request).demandAll();
    return sendExchange(deps, request, reply, caller, request.params.id);
  });
}

async function sendPage(deps: AuditRouteDependencies, { request, reply, caller, parameters }: Search) {
  const { pageRows, pageRowsMax } = deps.limits;
  const wanted = readSearch(parameters, deps, caller.confinedTo);
  const limit = parameters.read('limit', wholeNumber(pageRowsMax)) ?? pageRows;
  const after = parameters.read('after', cursor(deps.index.isCursor));
  parameters.demandAll();
  await deps.looking.look(request, reply, caller, { look: 'exchanges', ...lookOf(wanted) });
  const { rows, next } = await deps.index.search(wanted.filter, { limit, after });
  if (next !== undefined && request.method === 'GET')
    reply.header('link', `<${nextAddress(request, next)}>; rel="next"`);
  return reply.send({ rows, next });
}

async function sendExport(deps: AuditRouteDependencies, slots: ExportSlots, search: Search) {
  const { request, reply, caller, parameters } = search;
  const { exportRowsMax: rowsMax, exportTimeoutMs } = deps.limits;
  const wanted = readSearch(parameters, deps, caller.confinedTo);
  for (const name of ['limit', 'after']) parameters.forbid(name, 'is for pages (JSON): an export gives every row');
  parameters.demandAll();
  slots.take(reply);
  await deps.looking.look(request, reply, caller, { look: 'export', ...lookOf(wanted) });
  const rows = deps.index.stream(wanted.filter, readerSignal(reply, exportTimeoutMs));
  const form = rowFormOf(request) === 'csv' ? 'csv' : 'ndjson';
  return sendRows<AuditRow>(reply, rows, { form, columns, rowsMax }, (error) => {
    // A reader who has gone is no fault.
    if (!reply.raw.destroyed) deps.onFault(error, request.id);
  });
}

const lookOf = ({ recorded, subject, scopes }: ReadFilter) => ({
  scopes: ['exchanges' as const, ...scopes],
  subject,
  filters: recorded,
});

function nextAddress(request: FastifyRequest, next: string): string {
  const [path = '', query = ''] = (request.raw.url ?? '').split('?', 2);
  const kept = query.split('&').filter((pair) => pair !== '' && !pair.startsWith('after='));
  return `${path}?${[...kept, `after=${encodeURIComponent(next)}`].join('&')}`;
}

async function sendExchange(
  { looking, index, receipts, pseudonyms }: AuditRouteDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  id: string,
): Promise<FastifyReply> {
  const wanted = { look: 'exchange', scopes: ['exchanges'] } as const;
  const found = await lookAtExchange({ looking, receipts, pseudonyms }, { request, reply, caller }, wanted, id);
  const row = await index.find(id);
  const mayRead = row !== undefined && mayLookAt(caller.confinedTo, row);
  // One answer for both: who is confined does not learn which other ids there are.
  if (found === undefined && !mayRead) {
    throw new Problem('not-found', 'The log has no such exchange that this token may look at.');
  }
  return reply.send({
    row,
    entry: found?.entry,
    index: found?.recorded.index,
    receipt: found && `/v1/exchanges/${id}/receipt`,
  });
}
