/** What the index answers to those who search it. */

import t from 'tap';
import type { AuditFilter, AuditRow } from '../../src/exchange/audit.ts';
import type { ExchangeEntry } from '../../src/exchange/entries.ts';
import { entryFixture } from '../support/entry-fixture.ts';
import { allRows, arrayLog, startIndex } from '../support/index-fixture.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const server = await startPostgres(t);
const origin = 'lienthong.example/index';
const pseudonym = (number: number) => Buffer.alloc(32, number).toString('base64url');
const id = (number: number) => `0199c0de-0000-7000-8000-${String(number).padStart(12, '0')}`;

const consumers = ['VN/GOV/G07/social-protection', 'VN/GOV/G07/social-insurance', 'VN/GOV/G22/portal', 'VN/GOV/G071/x'];
const services = [
  'VN/GOV/G01/population/get-person',
  'VN/GOV/G01/population/get-household',
  'VN/GOV/G07/social-protection/check',
];

/** Each day one more entry of each kind of trouble; several months. */
function entry(number: number, changes: Partial<ExchangeEntry> = {}) {
  const isRefused = number % 5 === 0;
  return entryFixture({
    id: id(number),
    time: new Date(Date.UTC(2026, 0, 1) + Math.floor(number / 3) * 86_400_000).toISOString(),
    consumer: consumers[number % consumers.length],
    service: services[number % services.length],
    version: 'v1',
    purpose: ['social-assistance', 'identification'][number % 2],
    agreement: `agreement-${number % 3}`,
    legalBasis: 'Decree, article 5',
    official: pseudonym(100 + (number % 10)),
    subject: pseudonym(number % 7),
    subjectNumber: Math.floor(number / 7) + 1,
    issue: `H26.101-260101-${String(number % 20).padStart(4, '0')}`,
    fields: isRefused ? undefined : ['fullName', 'status'],
    status: isRefused ? 403 : 200,
    problem: isRefused ? (number % 2 === 0 ? 'purpose-not-granted' : 'agreement-missing') : undefined,
    source: isRefused ? undefined : 'registry',
    ...changes,
  });
}

/** Of any kind, as far as the filters look at it. */
type AnyEntry = Omit<ExchangeEntry, 'kind'> & { readonly kind: string; readonly state?: string };

const look = {
  durationMs: 0,
  filters: { consumer: consumers[0] },
  id: id(900),
  kind: 'audit',
  look: 'exchanges',
  official: pseudonym(200),
  role: 'auditor',
  status: 200,
  time: '2026-02-03T04:05:06.007Z',
};
const admin = {
  action: 'erase-subject-key',
  durationMs: 1,
  id: id(901),
  kind: 'admin',
  status: 200,
  time: '2026-03-03T00:00:00.000Z',
};
/** What a push came into at its registry. */
const delivery = (number: number, state: string) => ({
  consumer: consumers[2],
  durationMs: 0,
  id: id(number),
  kind: 'delivery',
  service: services[0],
  state,
  status: 200,
  subject: pseudonym(3),
  time: `2026-03-04T00:00:00.${number}Z`,
  version: 'v1',
});
const deliveries = [delivery(902, 'refused'), delivery(903, 'delivered')];
const entries: object[] = [...Array.from({ length: 300 }, (_one, number) => entry(number)), look, admin, ...deliveries];
const { index } = await (async () => {
  const started = startIndex(t, await makeDatabase(server.url), arrayLog(origin));
  await started.add(...entries);
  return started;
})();

/** What the index must give, by looking at every entry. */
function expected(matches: (entry: AnyEntry) => boolean): number[] {
  const found = entries.flatMap((each, at) =>
    matches(each as never) ? [{ at, time: (each as ExchangeEntry).time }] : [],
  );
  return found.sort((a, b) => b.time.localeCompare(a.time) || b.at - a.at).map(({ at }) => at);
}

const involvesG07 = ({ consumer, service }: Pick<ExchangeEntry, 'consumer' | 'service'>) =>
  consumer?.startsWith('VN/GOV/G07/') === true || service?.startsWith('VN/GOV/G07/') === true;
const indexes = (rows: readonly AuditRow[]) => rows.map((row) => row.index);

t.test('a row says all that the index keeps of an entry', async (t) => {
  t.same(await index.find(id(1)), {
    log: origin,
    index: 1,
    id: id(1),
    time: '2026-01-01T00:00:00.000Z',
    kind: 'query',
    consumer: 'VN/GOV/G07/social-insurance',
    service: 'VN/GOV/G01/population/get-household',
    version: 'v1',
    purpose: 'identification',
    agreement: 'agreement-1',
    legalBasis: 'Decree, article 5',
    official: pseudonym(101),
    subject: pseudonym(1),
    subjectNumber: 1,
    issue: 'H26.101-260101-0001',
    fields: ['fullName', 'status'],
    status: 200,
    source: 'registry',
    durationMs: 3,
  });
  t.same(await index.find(id(5)).then((row) => [row?.problem, row?.fields, row?.status]), [
    'agreement-missing',
    undefined,
    403,
  ]);
  const { filters: _filters, ...kept } = look;
  t.same(await index.find(id(900)), { ...kept, log: origin, index: 300 });
  t.same(await index.find(id(901)), { ...admin, log: origin, index: 301 });
  const [{ state, ...refused }] = deliveries as [(typeof deliveries)[0]];
  t.same(await index.find(id(902)), { ...refused, action: state, log: origin, index: 302 });
  t.equal(await index.find(id(999)), undefined);
  t.equal(await index.find('no uuid'), undefined);
});

const filters: Record<string, { filter: AuditFilter; matches: (entry: AnyEntry) => boolean }> = {
  nothing: { filter: {}, matches: () => true },
  time: {
    filter: { fromMs: Date.UTC(2026, 0, 31), toMs: Date.UTC(2026, 1, 3) },
    matches: ({ time }) => time >= '2026-01-31' && time < '2026-02-03',
  },
  kind: { filter: { kind: 'audit' }, matches: ({ kind }) => kind === 'audit' },
  'the common kind': { filter: { kind: 'query' }, matches: ({ kind }) => kind === 'query' },
  'a subsystem': {
    filter: { consumer: 'VN/GOV/G22/portal' },
    matches: ({ consumer }) => consumer === 'VN/GOV/G22/portal',
  },
  'a member as consumer': {
    filter: { consumer: 'VN/GOV/G07' },
    matches: ({ consumer }) => consumer?.startsWith('VN/GOV/G07/') ?? false,
  },
  'a service': { filter: { service: services[0] ?? '' }, matches: ({ service }) => service === services[0] },
  "a subsystem's services": {
    filter: { service: 'VN/GOV/G01/population' },
    matches: ({ service }) => service?.startsWith('VN/GOV/G01/') ?? false,
  },
  'a member on either side': {
    filter: { member: 'VN/GOV/G07' },
    matches: involvesG07,
  },
  purpose: { filter: { purpose: 'identification' }, matches: ({ purpose }) => purpose === 'identification' },
  agreement: { filter: { agreement: 'agreement-2' }, matches: ({ agreement }) => agreement === 'agreement-2' },
  officials: {
    filter: { officials: [pseudonym(103), pseudonym(104), pseudonym(103), pseudonym(250)] },
    matches: ({ official }) => official === pseudonym(103) || official === pseudonym(104),
  },
  subjects: { filter: { subjects: [pseudonym(3)] }, matches: ({ subject }) => subject === pseudonym(3) },
  issues: { filter: { issues: ['H26.101-260101-0007'] }, matches: ({ issue }) => issue?.endsWith('0007') ?? false },
  ok: {
    filter: { outcome: 'ok' },
    matches: ({ problem, state }) => problem === undefined && state !== 'refused',
  },
  refused: {
    filter: { outcome: 'refused' },
    matches: ({ problem, state }) => problem !== undefined || state === 'refused',
  },
  'refused by a registry': {
    filter: { outcome: 'refused', kind: 'delivery' },
    matches: ({ state }) => state === 'refused',
  },
  'one problem': {
    filter: { outcome: 'agreement-missing' },
    matches: ({ problem }) => problem === 'agreement-missing',
  },
  'several at once': {
    filter: {
      member: 'VN/GOV/G07',
      subjects: [pseudonym(1), pseudonym(2)],
      outcome: 'ok',
      fromMs: Date.UTC(2026, 1, 1),
    },
    matches: (each) =>
      involvesG07(each) &&
      (each.subject === pseudonym(1) || each.subject === pseudonym(2)) &&
      each.problem === undefined &&
      each.time >= '2026-02-01',
  },
};

for (const [name, { filter, matches }] of Object.entries(filters)) {
  t.test(`search by ${name}: newest first, page by page, each row once`, async (t) => {
    const wanted = expected(matches);
    t.ok(wanted.length > 0);
    for (const limit of [1, 7, 1000]) t.same(indexes(await allRows(index, filter, limit)), wanted, `pages of ${limit}`);
    const streamed = [];
    for await (const row of index.stream(filter, new AbortController().signal)) streamed.push(row);
    t.same(streamed, await allRows(index, filter, 1000));
  });
}

t.test('what never occurred is found nowhere', async (t) => {
  const nothing: AuditFilter[] = [
    { consumer: 'VN/GOV/G99' },
    { consumer: 'VN/GOV/G07/social' },
    { service: 'VN/GOV/G01/population/get' },
    { purpose: 'none' },
    { agreement: '' },
    { officials: [pseudonym(250)] },
    { officials: [] },
    { subjects: ['', 'not base64', '\0'] },
    { issues: ["'; DROP TABLE audit_entries; --"] },
    { outcome: 'quota-exceeded' },
    { member: 'VN/GOV/G99' },
    { member: 'VN/GOV/G%' },
    { purpose: '\0' },
    { purpose: '\ud800' },
    { fromMs: Date.UTC(2027, 0, 1) },
    { fromMs: 8.64e15 },
    { toMs: -8.64e15 },
  ];
  for (const filter of nothing) {
    t.same(await index.search(filter, { limit: 10 }), { rows: [], next: undefined }, JSON.stringify(filter));
  }
});

t.test('a cursor that the index did not give is a malformed request', async (t) => {
  const { next = '' } = await index.search({}, { limit: 1 });
  const flipped = `${next[0] === 'A' ? 'B' : 'A'}${next.slice(1)}`;
  for (const after of ['', 'x', `${next}A`, next.slice(0, -1), flipped, `${next}=`, ' ', 'é'.repeat(35)]) {
    await t.rejects(index.search({}, { limit: 1, after }), { code: 'request-malformed' }, after);
  }
});

t.test('a stream ends when its reader goes', async (t) => {
  const reader = new AbortController();
  const read: AuditRow[] = [];
  const reading = (async () => {
    for await (const row of index.stream({}, reader.signal)) {
      read.push(row);
      if (read.length === 60) reader.abort(new Error('gone'));
    }
  })();
  await t.rejects(reading, { message: 'gone' });
  t.equal(read.length, 60);
});

t.test('statistics', async (t) => {
  const counted = (matches: (entry: AnyEntry) => boolean) => {
    const counts = new Map<string, number>();
    for (const at of expected(matches)) {
      const { time, consumer, service, problem } = entries[at] as ExchangeEntry;
      const key = JSON.stringify([time.slice(0, 10), consumer, service, problem ?? 'ok']);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].map(([key, count]) => [...JSON.parse(key), count]).sort();
  };
  const rows = async (filter: Parameters<typeof index.statistics>[0]) =>
    (await index.statistics(filter)).map((row) => [row.day, row.consumer, row.service, row.outcome, row.entries]);
  const january = { fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2026, 0, 20) };
  const inJanuary = ({ kind, time }: { kind: string; time: string }) => kind === 'query' && time < '2026-01-20';
  t.same(await rows(january), counted(inJanuary));
  t.same(
    await rows({ consumer: 'VN/GOV/G07' }),
    counted(({ consumer }) => consumer?.startsWith('VN/GOV/G07/') ?? false).sort(),
  );
  t.same(
    await rows({ outcome: 'refused', member: 'VN/GOV/G07' }),
    counted((each) => each.problem !== undefined && involvesG07(each)),
  );
  t.same(await rows({ service: 'VN/GOV/G99' }), []);
  t.same(
    await rows({ fromMs: Date.UTC(2026, 0, 1, 12), toMs: Date.UTC(2026, 0, 2) }),
    await rows({ toMs: Date.UTC(2026, 0, 2) }),
    'days are whole',
  );
  await t.rejects(index.statistics({}), { code: 'result-too-large', detail: /more than 250 rows/ });
});

t.test('who asked about a person', async (t) => {
  const about = expected(({ subject }) => subject === pseudonym(1));
  const accesses = await index.accessesOf({ subjects: [pseudonym(1), pseudonym(250)] });
  t.equal(
    accesses.reduce((sum, { entries }) => sum + entries, 0),
    about.length,
  );
  t.same(
    accesses.map(({ entries }) => entries),
    accesses.map(({ entries }) => entries).sort((a, b) => b - a),
  );
  const [first] = accesses;
  const alike = about.filter((at) => {
    const { consumer, service, purpose } = entries[at] as ExchangeEntry;
    return consumer === first?.consumer && service === first?.service && purpose === first?.purpose;
  });
  const times = alike.map((at) => (entries[at] as ExchangeEntry).time);
  t.match(first, { entries: alike.length, firstTime: times.at(-1), lastTime: times[0] });
  t.same(await index.accessesOf({}), []);
  t.same(await index.accessesOf({ subjects: [pseudonym(1)], toMs: 0 }), []);
});

t.test('how far it is', async (t) => {
  t.same(await index.state(), [{ log: origin, indexed: entries.length }]);
  t.equal(await index.waitUntil(entries.length - 1, 0), true);
  t.equal(await index.waitUntil(entries.length, 20), false);
});
