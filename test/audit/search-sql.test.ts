/** How much a search reads does not depend on how frequent a value is, nor on when it occurred last. */

import pg from 'pg';
import t from 'tap';
import { filterValues } from '../../src/audit/filter-values.ts';
import { wayInto } from '../../src/audit/search-sql.ts';
import type { AuditFilter } from '../../src/exchange/audit.ts';
import { openState } from '../../src/state/open-state.ts';
import { queryOf } from '../../src/state/session.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase, runSql, stateLimits } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const server = await startPostgres(t);
const url = await makeDatabase(server.url);
const state = await openState({ url }, stateLimits);
t.teardown(() => state.close());

/** Two months; each text is frequent, but for the one that three of the oldest entries bear. */
await runSql(
  url,
  `INSERT INTO audit_texts (use, value, detail, digest)
   SELECT use, value, '', sha256((use || value)::bytea)
   FROM unnest(ARRAY['consumer', 'service', 'purpose', 'agreement', 'outcome']) AS use,
        unnest(ARRAY['ok', 'VN/a', 'VN/b', 'VN/rare']) AS value
   ORDER BY use, value;
   SELECT audit_add_month('2026-01-01'), audit_add_month('2026-02-01');
   INSERT INTO audit_entries (time, log_index, log, consumer, service, purpose, agreement, outcome, status, duration_ms,
                              id, kind, official, subject, issue)
   SELECT timestamptz '2026-01-01 00:00:00+00' + n * interval '2 minutes', n, 1, ids[2], ids[5], ids[4], ids[1], ids[3],
          200, 1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
          CASE WHEN rare THEN 'admin' ELSE 'query' END, person, person, CASE WHEN rare THEN 'rare' ELSE 'frequent' END
   FROM generate_series(1, 40000) AS n,
        LATERAL (SELECT n IN (10, 20, 30) AS rare) AS is_rare,
        LATERAL (SELECT array_agg(id ORDER BY use) AS ids FROM audit_texts
                 WHERE value = CASE WHEN rare THEN 'VN/rare' WHEN n % 2 = 0 THEN 'VN/a' ELSE 'VN/b' END) AS texts,
        LATERAL (SELECT CASE WHEN rare THEN '\\x0072'::bytea ELSE '\\x0066'::bytea END AS person) AS persons;
   ANALYZE`,
);

interface Plan {
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Plan[];
}

/** Rows that the search looked at. */
async function rowsRead(filter: AuditFilter): Promise<{ found: number; read: number }> {
  const values = await filterValues(state, filter);
  if (values === undefined) throw new Error('the values are there');
  const way = wayInto(values);
  const query = queryOf(way.statement, { ...way.values, limit: 101 });
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query({ ...query, text: `EXPLAIN (ANALYZE, FORMAT JSON) ${query.text}` });
  await client.end();
  const { Plan: plan } = rows[0]['QUERY PLAN'][0] as { Plan: Plan };
  return { found: plan['Actual Rows'], read: leaves(plan).reduce((sum, leaf) => sum + readBy(leaf), 0) };
}

const leaves = (plan: Plan): Plan[] => (plan.Plans === undefined ? [plan] : plan.Plans.flatMap(leaves));
const readBy = (leaf: Plan) => (leaf['Actual Rows'] + (leaf['Rows Removed by Filter'] ?? 0)) * leaf['Actual Loops'];

const filters: Record<string, (value: string) => AuditFilter> = {
  consumer: (consumer) => ({ consumer }),
  service: (service) => ({ service }),
  purpose: (purpose) => ({ purpose }),
  agreement: (agreement) => ({ agreement }),
  outcome: (outcome) => ({ outcome: outcome as 'ok' }),
  member: (member) => ({ member }),
};

for (const [name, filter] of Object.entries(filters)) {
  t.test(`by ${name}`, async (t) => {
    const rare = await rowsRead(filter('VN/rare'));
    t.equal(rare.found, 3);
    t.ok(rare.read < 50, `${rare.read} rows read for 3`);
    const frequent = await rowsRead(filter('VN/a'));
    t.equal(frequent.found, 101);
    t.ok(frequent.read < 1000, `${frequent.read} rows read for 101`);
  });
}

t.test('by official, subject, issue and kind', async (t) => {
  for (const filter of [{ officials: ['r'] }, { subjects: ['r'] }, { issues: ['rare'] }, { kind: 'admin' as const }]) {
    const { found, read } = await rowsRead(filter);
    t.equal(found, 3);
    t.ok(read < 50, `${read} rows read for 3`);
  }
});

t.test('by every refusal, by all below a prefix, and by nothing', async (t) => {
  for (const filter of [{ outcome: 'refused' as const }, { member: 'VN' }, {}, { kind: 'query' as const }]) {
    const { found, read } = await rowsRead(filter);
    t.equal(found, 101);
    t.ok(read < 2000, `${read} rows read for 101`);
  }
});
