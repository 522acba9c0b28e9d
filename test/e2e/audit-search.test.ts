/** Auditors search a running gateway's log: every filter against the log itself, pages, exports, counts, and nothing by force. */

import t from 'tap';
import type { LoggedEntry } from '../support/answers.ts';
import { dossier, freeIssue, makeExchanges, startAuditGateway } from '../support/audit-fixture.ts';
import { pins } from '../support/incoming-fixture.ts';
import { askService, fragileService } from '../support/troubled.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const audit = await startAuditGateway(t, { settings: { audit: { pageRowsMax: 50 } } });
await makeExchanges(audit);
const auditor = await audit.auditor();
const search = '/v1/audit/exchanges/search';
const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
const queries = async () => (await audit.newestFirst()).filter(({ kind }) => kind === 'query');
const [newest] = await queries();
const subjectOfHoa = (await queries()).at(-1)?.subject;
const officialOne = (await queries()).at(-1)?.official;
const keyedIssue = (await queries()).find(({ issue }) => issue !== undefined && issue !== dossier)?.issue;

t.test('each filter finds what is in the log, and nothing else', async (t) => {
  const g18 = 'VN/GOV/G18';
  const starts = (text = '', prefix: string) => text === prefix || text.startsWith(`${prefix}/`);
  const filters: [string, (entry: LoggedEntry) => boolean][] = [
    ['consumer=VN/GOV/G07/social-protection', ({ consumer }) => consumer === 'VN/GOV/G07/social-protection'],
    ['consumer=VN/GOV/G15', ({ consumer }) => starts(consumer, 'VN/GOV/G15')],
    [`service=VN/GOV/${askService}`, ({ service }) => service === `VN/GOV/${askService}`],
    [`service=VN/GOV/${fragileService}`, ({ service }) => service === `VN/GOV/${fragileService}`],
    [`service=${g18}`, ({ service }) => starts(service, g18)],
    ['purpose=first', ({ purpose }) => purpose === 'first'],
    ['agreement=fragile', ({ agreement }) => agreement === 'fragile'],
    [`official=${officialOne}`, ({ official }) => official === officialOne],
    ['outcome=ok', ({ problem }) => problem === undefined],
    ['outcome=refused', ({ problem }) => problem !== undefined],
    ['outcome=message-invalid', ({ problem }) => problem === 'message-invalid'],
    [`issue=${dossier}`, ({ issue }) => issue === dossier],
    [`issue=${keyedIssue}`, ({ issue }) => issue === keyedIssue],
    [`subject=${subjectOfHoa}`, ({ subject }) => subject === subjectOfHoa],
    [`from=${newest?.time}`, ({ time }) => time >= (newest?.time ?? '')],
    [`to=${newest?.time}`, ({ time }) => time < (newest?.time ?? '')],
    ['from=2020-01-01&to=2999-12-31', () => true],
    ['to=2020-01-01', () => false],
    ['outcome=ok&purpose=first&consumer=VN/GOV/G15', ({ purpose, problem }) => purpose === 'first' && !problem],
    ['outcome=ok&purpose=no-such-purpose', () => false],
  ];
  for (const [query, holds] of filters) {
    const expected = ids((await queries()).filter(holds));
    t.same(ids(await audit.allRows(`kind=query&limit=2&${query}`, auditor)), expected, query);
    if (!query.includes('=no') && !query.includes('to=2020')) t.ok(expected.length > 0, `${query} finds something`);
  }
});

t.test('a row says what its entry says', async (t) => {
  const [row] = await audit.allRows(`kind=query&agreement=fragile`, auditor);
  const entry = (await queries()).find(({ id }) => id === row?.id);
  const names = [
    'consumer',
    'service',
    'version',
    'purpose',
    'agreement',
    'legalBasis',
    'official',
    'subject',
  ] as const;
  for (const name of names) t.equal(row?.[name], entry?.[name], name);
  t.same(
    [row?.fields, row?.status, row?.source, row?.subjectNumber],
    [entry?.fields, 200, 'registry', entry?.subjectNumber],
  );
  t.equal(row?.log, 'lienthong.example/gateway-1');
});

t.test('by personal number, official and free text, in a message', async (t) => {
  const found = async (filter: object) => {
    const { status, body } = await audit.post(search, { kind: 'query', limit: 50, ...filter }, auditor);
    t.equal(status, 200, JSON.stringify(body));
    return ids(body.rows);
  };
  const all = await queries();
  t.same(await found({ subject: { pin: pins.hoa } }), ids(all.filter(({ subject }) => subject === subjectOfHoa)));
  t.same(await found({ subject: { pseudonym: subjectOfHoa } }), await found({ subject: { pin: pins.hoa } }));
  t.same(
    await found({ official: { userId: 'official-1' } }),
    ids(all.filter(({ official }) => official === officialOne)),
  );
  t.same(await found({ issue: freeIssue }), ids(all.filter(({ issue }) => issue === keyedIssue)));
  t.same(await found({ issue: dossier }), ids(all.filter(({ issue }) => issue === dossier)));
  t.same(await found({ subject: { pin: '099999999999' } }), []);
  const page = await audit.post(search, { kind: 'query', limit: 2 }, auditor);
  t.same(await found({ after: page.body.next }), ids(all).slice(2));
  t.equal(page.headers.get('link'), null, 'a message is in no link');
});

t.test('pages without a gap and without a row twice, while entries come in', async (t) => {
  const before = ids(await queries());
  const seen: string[] = [];
  let address: string | undefined = '/v1/audit/exchanges?limit=3&kind=query';
  while (address !== undefined) {
    const { status, body, headers } = await audit.get(address, auditor);
    t.equal(status, 200);
    seen.push(...ids(body.rows));
    await audit.call(askService, 'G07/social-protection', { pin: pins.duc });
    await audit.indexed();
    address = /^<([^>]*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    t.equal(address === undefined, body.next === undefined, 'link and cursor go together');
  }
  t.same(seen, before);
});

t.test('CSV and NDJSON hold everything that matches', async (t) => {
  const query = '/v1/audit/exchanges?kind=query';
  const expected = ids(await queries());
  const ndjson = await fetch(`${audit.url}${query}`, {
    headers: { authorization: `Bearer ${auditor}`, accept: 'application/x-ndjson' },
  });
  t.match(ndjson.headers.get('content-type'), /^application\/x-ndjson/);
  const lines = (await ndjson.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.same(ids(lines), expected);
  t.same(lines, await audit.allRows('kind=query', auditor), 'the same rows as in pages');
  const { headers, text } = await audit.get(query, auditor, { accept: 'text/csv' });
  t.match(headers.get('content-type'), /^text\/csv; charset=utf-8/);
  const weighed = { accept: 'text/csv;q=0.1, application/json;q=0.9' };
  t.match((await audit.get(query, auditor, weighed)).headers.get('content-type'), /^application\/json/);
  t.equal(headers.get('cache-control'), 'no-store');
  const [head, ...csv] = text.trimEnd().split('\r\n');
  t.match(head, /^time,id,log,index,kind,consumer,/);
  t.same(
    csv.map((line) => line.split(',')[1]),
    expected,
  );
  const posted = await audit.post(search, { subject: { pin: pins.hoa }, kind: 'query' }, auditor, {
    accept: 'text/csv',
  });
  t.equal(
    posted.text.trimEnd().split('\r\n').length - 1,
    (await queries()).filter((e) => e.subject === subjectOfHoa).length,
  );
  for (const name of ['limit=3', 'after=x']) {
    const refused = await audit.get(`${query}&${name}`, auditor, { accept: 'text/csv' });
    t.match([refused.status, refused.body.code], [400, 'parameter-invalid'], name);
  }
});

t.test('one exchange: its row, its entry, its receipt', async (t) => {
  const { status, body } = await audit.get(`/v1/audit/exchanges/${newest?.id}`, auditor);
  t.equal(status, 200);
  t.same(body.entry, newest);
  t.equal(body.row.id, newest?.id);
  t.equal(body.row.index, body.index);
  t.equal((await audit.get(body.receipt, auditor)).body.entry.id, newest?.id);
  for (const id of [`${newest?.id.slice(0, -4)}ffff`, 'x', pins.hoa, '%00', "' OR 1=1"]) {
    t.equal((await audit.get(`/v1/audit/exchanges/${id}`, auditor)).status, 404, id);
  }
});

t.test('counts by what is asked for', async (t) => {
  const counted = async (query: string) => (await audit.get(`/v1/audit/statistics?${query}`, auditor)).body.rows;
  const all = await queries();
  const count = (holds: (entry: LoggedEntry) => boolean) => all.filter(holds).length;
  const byOutcome = await counted('by=outcome');
  t.equal(
    byOutcome.find(({ outcome }) => outcome === 'ok')?.entries,
    count(({ problem }) => !problem),
  );
  t.same(byOutcome.map(({ outcome }) => outcome).sort(), [...new Set(all.map(({ problem = 'ok' }) => problem))].sort());
  const g15 = 'VN/GOV/G15/civil-status';
  t.same(await counted(`by=consumer&consumer=${g15}`), [
    { consumer: g15, entries: count(({ consumer }) => consumer === g15) },
  ]);
  const full = await counted('');
  t.same(Object.keys(full[0] ?? {}), ['day', 'consumer', 'service', 'outcome', 'entries']);
  t.equal(
    full.reduce((sum, { entries }) => sum + entries, 0),
    all.length,
    'looks are not counted',
  );
  const csv = await audit.get('/v1/audit/statistics?by=day,outcome&outcome=ok', auditor, { accept: 'text/csv' });
  t.match(csv.text, /^day,outcome,entries\r\n\d{4}-\d{2}-\d{2},ok,\d+\r\n/);
  const ndjson = await audit.get('/v1/audit/statistics?by=day', auditor, { accept: 'application/x-ndjson' });
  t.match(JSON.parse(ndjson.text.split('\n')[0] ?? ''), { day: /^\d{4}-/, entries: Number });
  for (const wrong of [
    'from=2020-01-01&to=2026-01-01',
    'from=2999-01-01',
    'by=week',
    'from=2026-03-02T00:00:00Z',
    'kind=query',
  ])
    t.equal((await audit.get(`/v1/audit/statistics?${wrong}`, auditor)).status, 400, wrong);
});

t.test('who asked about a person', async (t) => {
  const asked = (await queries()).filter(({ subject }) => subject === subjectOfHoa);
  const { status, body } = await audit.post('/v1/audit/subjects', { pin: pins.hoa, from: '2020-01-01' }, auditor);
  t.equal(status, 200, JSON.stringify(body));
  t.same(body.pseudonyms, [subjectOfHoa]);
  const fragile = body.accesses.find(({ service }) => service?.endsWith('ask-fragile'));
  t.match(fragile, { consumer: 'VN/GOV/G07/social-protection', purpose: 'test', entries: 1, firstTime: /^\d{4}-/ });
  const exchanges = body.accesses.filter(({ service }) => service !== undefined);
  t.equal(
    exchanges.reduce((sum, { entries }) => sum + entries, 0),
    asked.length,
  );
  const byPseudonym = await audit.get(`/v1/audit/subjects?subject=${subjectOfHoa}&to=2020-01-01`, auditor);
  t.same(byPseudonym.body, { pseudonyms: [subjectOfHoa], accesses: [] });
  for (const wrong of [{}, { pin: '1' }, { pin: pins.hoa, subject: 'x' }, { subject: { pin: pins.hoa } }, []])
    t.equal((await audit.post('/v1/audit/subjects', wrong, auditor)).status, 422, JSON.stringify(wrong));
  t.equal((await audit.get('/v1/audit/subjects', auditor)).status, 400);
});

t.test(
  'a personal number in an address is refused, with the way that is right, and written down nowhere',
  async (t) => {
    const before = (await audit.entries()).length;
    for (const query of [
      `exchanges?subject=${pins.hoa}`,
      `exchanges?official=${pins.hoa}`,
      `exchanges?issue=${pins.hoa}`,
      `exchanges?issue=H26-${pins.hoa}`,
      `exchanges?agreement=${pins.hoa}`,
      `exchanges?consumer=VN/GOV/${pins.hoa}`,
      `exchanges?service=VN/GOV/G01/population/${pins.hoa}`,
      `exchanges?${pins.hoa}=1`,
      `subjects?subject=${pins.hoa}`,
      `subjects?pin=${pins.hoa}`,
      `exchanges?pin=${pins.hoa}`,
      `exchanges?userId=${pins.hoa}`,
    ]) {
      const { status, body } = await audit.get(`/v1/audit/${query}`, auditor);
      t.same([status, body.code], [400, 'parameter-invalid'], query);
      t.notOk(JSON.stringify(body).includes(pins.hoa), 'nor is it repeated');
    }
    const { body } = await audit.get(`/v1/audit/exchanges?subject=${pins.hoa}`, auditor);
    t.match(body.detail, /POST \/v1\/audit\/exchanges\/search takes \{"pin": …\}/);
    for (const [name, member] of Object.entries({ pin: 'subject', userId: 'official' })) {
      const { body } = await audit.get(`/v1/audit/exchanges?${name}=${pins.hoa}`, auditor);
      t.match(body.detail, `POST /v1/audit/exchanges/search takes {"${member}": {"${name}": …}}`);
    }
    t.equal((await audit.entries()).length, before, 'nothing was looked at');
  },
);

t.test('hostile parameters', async (t) => {
  for (const query of [
    'consumer=VN/GOV',
    'consumer=',
    `consumer=VN/GOV/${'x'.repeat(600)}`,
    'service=a/b/c/d/e/f',
    "purpose=first'%20OR%20'1'='1",
    'purpose=%00',
    'agreement=%27;DROP%20TABLE%20audit_entries;--',
    'outcome=nothing',
    'outcome=__proto__',
    'kind=constructor',
    'issue=%00',
    'issue=%C3%28',
    'from=1&to=2',
    'from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z',
    'from=9999999999999999-01-01',
    'limit=0',
    'limit=51',
    'limit=-1',
    'limit=1e3',
    'limit=99999999999999999999',
    'limit=1&limit=2',
    'after=%20',
    `after=${'a'.repeat(600)}`,
    'unknown=1',
    'subject=x',
    'subject[]=x',
    'a=%',
  ]) {
    const { status, body } = await audit.get(`/v1/audit/exchanges?${query}`, auditor);
    t.same([status, body.code], [400, 'parameter-invalid'], query);
  }
  for (const odd of [
    "consumer=VN/GOV/G07'--",
    'consumer=VN/GOV/$1',
    "service=VN/GOV/G18/'or'/1=1",
    'agreement=--',
    'consumer=VN/GOV/(G)',
  ])
    t.same((await audit.get(`/v1/audit/exchanges?${odd}`, auditor)).body.rows, [], `${odd} is a name that nobody has`);
  const seen = (await audit.entries()).length;
  for (const after of ['x', 'AAAA', Buffer.from('{"time":1}').toString('base64url'), "'", '00000000']) {
    const { status, body } = await audit.get(`/v1/audit/exchanges?after=${after}`, auditor);
    t.same([status, body.code], [400, 'parameter-invalid'], `cursor ${after}`);
    t.equal((await audit.post(search, { after }, auditor)).status, 422);
  }
  t.equal((await audit.entries()).length, seen, 'nothing was looked at');
  for (const message of [
    { limit: '5' },
    { limit: 1.5 },
    { from: ['2026-03-02'] },
    { consumer: { $ne: '' } },
    { subject: pins.hoa },
    { subject: { pin: 99190000001 } },
    { subject: { pin: pins.hoa, pseudonym: 'x' } },
    { official: { pin: pins.hoa } },
    { agreement: pins.hoa },
    { nothing: true },
    [],
    'null',
    '"x"',
  ]) {
    const { status, body } = await audit.post(search, message, auditor);
    t.same([status, body.code], [422, 'message-invalid'], JSON.stringify(message));
  }
  for (const message of ['{', '', '{"kind":"query","kind":"audit"}', '{"__proto__":{}}', '{"issue":"a\\u0000b"}']) {
    const { status, body } = await audit.post(search, message, auditor);
    t.same([status, body.code], [400, 'json-malformed'], message);
  }
  t.equal((await audit.post(search, '{}', auditor, { 'content-type': 'text/plain' })).status, 415);
  t.equal(
    (await audit.post(search, '{}', auditor, { 'content-type': 'application/json; charset=utf-16' })).status,
    415,
  );
  t.equal((await audit.post(search, '{}', auditor, { 'content-encoding': 'gzip' })).status, 415);
  t.equal((await audit.post(search, `{"issue":"${'x'.repeat(300_000)}"}`, auditor)).status, 413);
  t.equal((await audit.post(`${search}?kind=query`, {}, auditor)).status, 400);
  t.equal((await audit.get('/v1/audit/exchanges?kind=query', auditor)).status, 200, 'and the index is as it was');
});
