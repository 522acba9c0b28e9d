/**
 * The statements that search the index, one for each way into it.
 *
 * A filter may be met by many values (a member has many subsystems), and no index gives the rows of several values in the
 * order of their time. So each value is looked up by itself, newest first and no further than the page needs, and what is
 * found is put in order: the work is bounded by values times page, wherever in time the rows are. The remaining conditions
 * are tried on the way.
 *
 * A value is asked for as a range of (value, time), in that order, and not as an equality: only the index made for it
 * gives that order. With an equality the planner may go back through time row by row instead, because it believes that
 * the value is frequent; where it is not, or has not been lately, that takes minutes.
 */

import { type Statement, statement } from '../state/statements.ts';
import type { FilterValues } from './filter-values.ts';

interface Way {
  readonly statement: Statement;
  /** Condition that the way itself sees to. */
  readonly through: keyof FilterValues;
}

const columns = `e.time, e.log, e.log_index, e.consumer, e.service, e.purpose, e.agreement, e.outcome, e.fields, e.source,
  e.claimed_consumer, e.look, e.role, e.action, e.status, e.subject_number, e.duration_ms, e.id, e.kind, e.official,
  e.subject, e.issue`;

const timeMs = '(extract(epoch FROM e.time) * 1000)::bigint AS time_ms';

/** A condition whose value is NULL is gone before the statement is planned. */
const conditions = `(:from::timestamptz IS NULL OR e.time >= :from)
  AND (:to::timestamptz IS NULL OR e.time < :to)
  AND (:kind::text IS NULL OR e.kind = :kind)
  AND (:consumers::integer[] IS NULL OR e.consumer = ANY (:consumers))
  AND (:services::integer[] IS NULL OR e.service = ANY (:services))
  AND (:purposes::integer[] IS NULL OR e.purpose = ANY (:purposes))
  AND (:agreements::integer[] IS NULL OR e.agreement = ANY (:agreements))
  AND (:outcomes::integer[] IS NULL OR e.outcome = ANY (:outcomes))
  AND (:officials::bytea[] IS NULL OR e.official = ANY (:officials))
  AND (:subjects::bytea[] IS NULL OR e.subject = ANY (:subjects))
  AND (:issues::text[] IS NULL OR e.issue = ANY (:issues))
  AND (:exceptLooks::integer[] IS NULL OR e.look IS NULL OR NOT e.look = ANY (:exceptLooks))
  AND (:memberConsumers::integer[] IS NULL OR e.consumer = ANY (:memberConsumers) OR e.service = ANY (:memberServices))`;

/** The time by itself again, because that is what leaves partitions out. */
const behind = `(:afterTime::timestamptz IS NULL OR (e.time <= :afterTime
  AND (e.time, e.log, e.log_index) < (:afterTime, :afterLog::integer, :afterIndex::bigint)))`;

const newestFirst = 'e.time DESC, e.log DESC, e.log_index DESC LIMIT :limit::bigint';
const order = `ORDER BY ${newestFirst}`;

const eachOf = (values: string, column: string, condition = `e.${column} IS NOT NULL`) =>
  `SELECT ${columns} FROM unnest(${values}) AS value CROSS JOIN LATERAL (
     SELECT ${columns} FROM audit_entries e
     WHERE (e.${column}, e.time) >= (value, coalesce(:from::timestamptz, '-infinity'))
       AND (e.${column}, e.time) <= (value, coalesce(:afterTime::timestamptz, :to, 'infinity'))
       AND ${condition} AND ${conditions} AND ${behind}
     ORDER BY e.${column} DESC, ${newestFirst}) e`;

const through = (name: keyof FilterValues & string, values: string, column: string): Way => ({
  statement: searchStatement(name, `${eachOf(`:way::${values}[]`, column)} ${order}`),
  through: name,
});

/** Rows as `StoredRow`, of which the time is in Unix milliseconds. */
function searchStatement(name: string, rows: string): Statement {
  return statement(`search ${name}`, `SELECT ${timeMs}, e.* FROM (${rows}) e ${order}`);
}

/** The first that has a condition is taken: those in front leave the fewest rows. */
const ways: readonly Way[] = [
  through('subjects', 'bytea', 'subject'),
  through('issues', 'text', 'issue'),
  through('officials', 'bytea', 'official'),
  through('agreements', 'integer', 'agreement'),
  through('purposes', 'integer', 'purpose'),
  through('consumers', 'integer', 'consumer'),
  through('services', 'integer', 'service'),
  {
    // An exchange of a member with itself is met on both sides.
    statement: searchStatement(
      'member',
      `SELECT * FROM (${eachOf(':way::integer[]', 'consumer')}) e
       UNION SELECT * FROM (${eachOf(':memberServices::integer[]', 'service')}) e`,
    ),
    through: 'memberConsumers',
  },
  through('outcomes', 'integer', 'outcome'),
  {
    statement: searchStatement('kind', `${eachOf('ARRAY[:way::text]', 'kind', "e.kind <> 'query'")} ${order}`),
    through: 'kind',
  },
];

const byTime = searchStatement(
  'time',
  `SELECT ${columns} FROM audit_entries e WHERE ${conditions} AND ${behind} ${order}`,
);

const accessesSql = `SELECT consumer.value AS consumer, service.value AS service, purpose.value AS purpose,
  sum(found.entries)::bigint AS entries, (extract(epoch FROM min(found.first)) * 1000)::bigint AS first_ms,
  (extract(epoch FROM max(found.last)) * 1000)::bigint AS last_ms
FROM (
  SELECT e.consumer, e.service, e.purpose, count(*) AS entries, min(e.time) AS first, max(e.time) AS last
  FROM audit_entries e
  WHERE e.kind IN ('query', 'push') AND ${conditions}
  GROUP BY e.consumer, e.service, e.purpose
) found
LEFT JOIN audit_texts consumer ON consumer.id = found.consumer
LEFT JOIN audit_texts service ON service.id = found.service
LEFT JOIN audit_texts purpose ON purpose.id = found.purpose
GROUP BY 1, 2, 3
ORDER BY 4 DESC, consumer.value COLLATE "C", service.value COLLATE "C", purpose.value COLLATE "C"
LIMIT :limit::bigint`;

/** For values that name `subjects`. */
export const accesses = statement('accesses', accessesSql);

/** Without an order, which would tempt the planner of a month without statistics to read it all in that order. */
export const findById = statement('find', `SELECT ${timeMs}, ${columns} FROM audit_entries e WHERE e.id = :id::uuid`);

/** Nearly all entries are of this kind, and no index is kept for it. */
const commonKind = 'query';

/** More values than a member, a service or a person has: what so many have in common is met often enough by time alone. */
const valuesMax = 200;

/** The statement for a filter and the values for it. */
export function wayInto(values: FilterValues): { statement: Statement; values: FilterValues } {
  const way = ways.find(({ through }) => {
    const own = values[through];
    return Array.isArray(own) ? own.length <= valuesMax : own !== undefined && own !== commonKind;
  });
  if (way === undefined) return { statement: byTime, values };
  const { [way.through]: own, ...others } = values;
  return { statement: way.statement, values: { ...others, way: own } };
}
