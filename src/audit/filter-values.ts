/** Turns a filter's texts into the numbers that the index has for them. */

import type { AuditFilter } from '../exchange/audit.ts';
import type { StateQueries, StateValues } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import { storable, timeMsMax, timeMsMin } from './entry-row.ts';
import { packPseudonym } from './pseudonym-bytes.ts';

/** Values of the conditions of `search-sql.ts`; one that is absent is no condition. */
export interface FilterValues extends StateValues {
  readonly from?: string;
  readonly to?: string;
  readonly kind?: string;
  readonly consumers?: readonly number[];
  readonly services?: readonly number[];
  readonly purposes?: readonly number[];
  readonly agreements?: readonly number[];
  readonly outcomes?: readonly number[];
  readonly officials?: readonly Buffer[];
  readonly subjects?: readonly Buffer[];
  readonly issues?: readonly string[];
  readonly exceptLooks?: readonly number[];
  readonly memberConsumers?: readonly number[];
  readonly memberServices?: readonly number[];
}

const folder = new URL('sql/', import.meta.url);
const matchingTexts = readStatement(folder, 'matching-texts');
const refusals = readStatement(folder, 'refusals');

/** Undefined where nothing can match, because the index has never met one of the values. */
export async function filterValues(queries: StateQueries, filter: AuditFilter): Promise<FilterValues | undefined> {
  const numbers = async (use: string, value: string | undefined, below = false) =>
    value === undefined
      ? undefined
      : idsOf(await queries.query<{ id: number }>(matchingTexts, { use, value: storable(value), below }));
  const [consumers, services, purposes, agreements, outcomes, exceptLooks, memberConsumers, memberServices] =
    await Promise.all([
      numbers('consumer', filter.consumer, true),
      numbers('service', filter.service, true),
      numbers('purpose', filter.purpose),
      numbers('agreement', filter.agreement),
      filter.outcome === 'refused'
        ? queries.query<{ id: number }>(refusals).then(idsOf)
        : numbers('outcome', filter.outcome),
      numbers('look', filter.exceptLook),
      numbers('consumer', filter.member, true),
      numbers('service', filter.member, true),
    ]);
  const values = withoutUndefined({
    from: timeOf(filter.fromMs),
    to: timeOf(filter.toMs),
    kind: filter.kind,
    consumers,
    services,
    purposes,
    agreements,
    outcomes,
    officials: each(filter.officials)?.map(packPseudonym),
    subjects: each(filter.subjects)?.map(packPseudonym),
    issues: each(filter.issues)?.map(storable),
    // One that the index has never met is nothing to leave out.
    exceptLooks: exceptLooks?.length === 0 ? undefined : exceptLooks,
    memberConsumers,
    memberServices,
  });
  return isImpossible(values) ? undefined : values;
}

function idsOf(rows: readonly { readonly id: number }[]): number[] {
  return rows.map(({ id }) => id);
}

/** Once: what is asked for twice would be found twice. */
function each(values: readonly string[] | undefined): string[] | undefined {
  return values && [...new Set(values)];
}

function timeOf(timeMs: number | undefined): string | undefined {
  if (timeMs === undefined) return undefined;
  return new Date(Math.min(Math.max(timeMs, timeMsMin), timeMsMax)).toISOString();
}

function isImpossible({ memberConsumers, memberServices, ...others }: FilterValues): boolean {
  if (memberConsumers?.length === 0 && memberServices?.length === 0) return true;
  return Object.values(others).some((value) => Array.isArray(value) && value.length === 0);
}

function withoutUndefined<T extends object>(values: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
