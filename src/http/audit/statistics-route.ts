/** Counts of exchanges by day, consumer, service and outcome, or by some of these. */

import type { FastifyInstance } from 'fastify';
import type { DayCount } from '../../exchange/audit.ts';
import type { AuditRouteDependencies } from './audit-dependencies.ts';
import { forbidStoring, parametersOf, routeOptions } from './audit-request.ts';
import { day, someOf } from './forms.ts';
import type { Parameters } from './parameters.ts';
import { readParties } from './read-filter.ts';
import { rowFormOf, sendRows } from './rows-out.ts';

const dimensions = ['day', 'consumer', 'service', 'outcome'] as const;
type Dimension = (typeof dimensions)[number];

export type Count = Partial<Pick<DayCount, Dimension>> & Pick<DayCount, 'entries'>;

const dayMs = 86_400_000;

export function registerStatisticsRoute(app: FastifyInstance, deps: AuditRouteDependencies): void {
  app.get('/v1/audit/statistics', routeOptions, async (request, reply) => {
    forbidStoring(reply);
    const caller = await deps.looking.identify(request);
    const parameters = parametersOf(request);
    const { filter, recorded } = readParties(parameters, deps, caller.confinedTo);
    const by = parameters.read('by', someOf(dimensions)) ?? dimensions;
    const { fromMs, toMs } = readDays(parameters, deps);
    parameters.demandAll();
    const days = { from: dayOf(fromMs), to: dayOf(toMs - dayMs) };
    const filters = { ...recorded, ...days, by: by.join(',') };
    await deps.looking.look(request, reply, caller, { look: 'statistics', scopes: ['statistics'], filters });
    const rows = sumUp(await deps.index.statistics({ ...filter, fromMs, toMs }), by);
    const form = rowFormOf(request);
    if (form === 'json') return reply.send({ ...days, rows });
    const output = { form, columns: [...by, 'entries' as const], rowsMax: rows.length };
    return sendRows<Count>(reply, oneByOne(rows), output, (error) => deps.onFault(error, request.id));
  });
}

/** Where nothing is said, the longest time that may be asked for, today (UTC) being the last day. `toMs` is exclusive. */
function readDays(parameters: Parameters, { clock, limits }: AuditRouteDependencies) {
  const { statisticsDaysMax } = limits;
  const toMs = (parameters.read('to', day) ?? Math.floor(clock.nowMs() / dayMs) * dayMs) + dayMs;
  const fromMs = parameters.read('from', day) ?? toMs - statisticsDaysMax * dayMs;
  if (toMs <= fromMs) parameters.refuse('from', 'range', 'must not be after to, which is today if absent');
  if (toMs - fromMs > statisticsDaysMax * dayMs) {
    parameters.refuse('from', 'range', `must leave ${statisticsDaysMax} days at most up to and with to`);
  }
  return { fromMs, toMs };
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Adds up what differs only in what was not asked for; in the order of the first of each. */
export function sumUp(counts: readonly DayCount[], by: readonly Dimension[]): Count[] {
  const sums = new Map<string, Count>();
  for (const count of counts) {
    const kept = Object.fromEntries(by.map((name) => [name, count[name]])) as Partial<Pick<DayCount, Dimension>>;
    const key = JSON.stringify(by.map((name) => count[name] ?? null));
    sums.set(key, { ...kept, entries: count.entries + (sums.get(key)?.entries ?? 0) });
  }
  return [...sums.values()];
}

async function* oneByOne(rows: readonly Count[]): AsyncIterable<Count> {
  yield* rows;
}
