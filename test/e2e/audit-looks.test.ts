/** Whoever looks is seen: scopes and confinement hold on every way, and each look is in the log before anything is read. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { LoggedEntry } from '../support/answers.ts';
import { dossier, makeExchanges, startAuditGateway } from '../support/audit-fixture.ts';
import { pins } from '../support/incoming-fixture.ts';
import { type WatchedDisk, watchDisk } from '../support/log-disk-fixture.ts';
import { askService } from '../support/troubled.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const search = '/v1/audit/exchanges/search';
const g07 = 'VN/GOV/G07';
const g15 = 'VN/GOV/G15';
const concerns = (member: string) => (about: Pick<LoggedEntry, 'consumer' | 'service'>) =>
  [about.consumer, about.service].some((id) => id?.startsWith(`${member}/`));
const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

t.test('scopes and looks', async (t) => {
  const audit = await startAuditGateway(t);
  await makeExchanges(audit);
  const [first] = await audit.entries();
  const { id, subject } = first as LoggedEntry;
  const last = async () => (await audit.entries()).at(-1);
  const pin = { pin: pins.hoa };
  const own = await audit.token('VN/GOV/G07/social-protection');

  /** Each way to look, with what it takes and what it leaves in the log. */
  const ways = [
    {
      send: (token: string) => audit.get('/v1/audit/exchanges?outcome=ok&to=2999-12-31', token),
      scopes: ['exchanges'] as const,
      entry: { look: 'exchanges', filters: { outcome: 'ok', to: '3000-01-01T00:00:00.000Z' } },
    },
    {
      send: (token: string) => audit.get('/v1/audit/exchanges?consumer=VN/GOV/Name', token, { accept: 'text/csv' }),
      scopes: ['exchanges'] as const,
      entry: { look: 'export', filters: { consumer: /^[\w-]{43}$/ } },
    },
    {
      send: (token: string) => audit.post(search, { subject: pin, official: { userId: 'x' }, issue: 'a name' }, token),
      scopes: ['exchanges', 'subjects'] as const,
      entry: { look: 'exchanges', subject, filters: { subject, official: /^[\w-]{43}$/, issue: /^[\w-]{43}$/ } },
    },
    {
      send: (token: string) => audit.post(search, { issue: pins.hoa }, token),
      scopes: ['exchanges', 'subjects'] as const,
      entry: { look: 'exchanges', filters: { issue: /^[\w-]{43}$/ } },
    },
    {
      send: (token: string) => audit.post(search, { issue: dossier }, token),
      scopes: ['exchanges'] as const,
      entry: { look: 'exchanges', filters: { issue: dossier } },
    },
    {
      send: (token: string) => audit.get(`/v1/audit/exchanges/${id}`, token),
      scopes: ['exchanges'] as const,
      entry: { look: 'exchange', subject, filters: { exchange: id } },
    },
    {
      send: (token: string) => audit.get('/v1/audit/statistics?from=2026-01-01&to=2026-01-02&by=day', token),
      scopes: ['statistics'] as const,
      entry: { look: 'statistics', filters: { from: '2026-01-01', to: '2026-01-02', by: 'day' } },
    },
    {
      send: (token: string) => audit.post('/v1/audit/subjects', pin, token),
      scopes: ['subjects'] as const,
      entry: { look: 'subjects', subject, filters: { subject } },
    },
    {
      send: (token: string) => audit.get(`/v1/audit/subjects?subject=${subject}`, token),
      scopes: ['subjects'] as const,
      entry: { look: 'subjects', subject, filters: { subject } },
    },
    {
      send: (token: string) => audit.get(`/v1/exchanges/${id}/receipt`, token),
      scopes: ['exchanges'] as const,
      entry: { look: 'receipt', subject, filters: { exchange: id } },
    },
    {
      send: (token: string) => audit.get('/log/tile/entries/000.p/1', token),
      scopes: ['entries'] as const,
      entry: { look: 'entries', filters: { file: 'tile/entries/000.p/1' } },
    },
  ];

  for (const { send, scopes, entry } of ways) {
    await t.test(`${entry.look} ${Object.keys(entry.filters)}`, async (t) => {
      const allowed = await send(await audit.auditor({ scopes }));
      t.ok([200, 404].includes(allowed.status), allowed.text);
      const recorded = await last();
      t.match(recorded, { kind: 'audit', role: 'auditor', status: 200, ...entry });
      t.equal(allowed.headers.get('exchange-id'), recorded?.id);
      t.equal(Number(allowed.headers.get('exchange-log-index')), (await audit.entries()).length - 1);

      for (const missing of scopes) {
        const refused = await send(
          await audit.auditor({
            scopes: (['entries', 'statistics', 'subjects', 'exchanges'] as const).filter((s) => s !== missing),
          }),
        );
        t.match([refused.status, refused.body.code], [403, 'role-not-allowed'], missing);
        t.match(refused.body.detail, new RegExp(`lacks the scope ${missing}`), 'the scope is named');
        const { look, filters } = entry;
        // Nothing is looked for then, not even whether there is such an exchange.
        const told = 'exchange' in filters ? { exchange: /^[\w-]{43}$/ } : filters;
        t.match(await last(), { kind: 'audit', look, filters: told, status: 403, problem: 'role-not-allowed' });
        t.equal(refused.headers.get('exchange-id'), (await last())?.id);
      }

      const before = (await audit.entries()).length;
      t.equal((await send('a.b.c')).status, 401);
      if (entry.look !== 'receipt') t.equal((await send(own)).status, 403);
      t.equal((await audit.entries()).length, before, 'nobody known leaves nothing');
    });
  }

  await t.test('what somebody typed stands in no entry unless it is registered here', async (t) => {
    const token = await audit.auditor();
    const agreed = await audit.get('/v1/audit/exchanges?purpose=test', token);
    t.equal(agreed.status, 200, agreed.text);
    t.match(await last(), { filters: { purpose: 'test' } });
    const [{ agreement }] = (await audit.entries()).filter((entry) => entry.agreement !== undefined) as [LoggedEntry];
    t.equal((await audit.get(`/v1/audit/exchanges?agreement=${agreement}`, token)).status, 200);
    t.match(await last(), { filters: { agreement } });

    const typed = '01990000-0001-7000-8000-099190000001';
    const before = (await audit.entries()).length;
    const paths = [
      '/v1/audit/exchanges?purpose=nguyen-thi-hoa',
      '/v1/audit/exchanges?agreement=HOA-1990',
      `/v1/audit/exchanges/${typed}`,
      `/v1/exchanges/${typed}`,
      `/v1/exchanges/${typed}/receipt`,
    ];
    for (const path of paths) {
      t.ok([200, 404].includes((await audit.get(path, token)).status), path);
      const [[name, value] = []] = Object.entries((await last())?.filters ?? {});
      t.match([name, value], [/^(purpose|agreement|exchange)$/, /^[\w-]{43}$/], path);
    }
    const entries = (await audit.entries()).slice(before);
    t.equal(entries.length, paths.length);
    t.notMatch(JSON.stringify(entries), /nguyen|HOA-1990|099190000001/);
  });

  await t.test('a person in the message’s own member is told so, and of no address', async (t) => {
    const { status, body } = await audit.post(search, pin, await audit.auditor());
    t.equal(status, 422);
    t.match(body.detail, /^pin is no member of its own here: POST \/v1\/audit\/exchanges\/search takes \{"subject"/);
    t.notMatch(body.detail, /address/);
  });

  await t.test('what is no id is looked for nowhere, whoever asks', async (t) => {
    const before = (await audit.entries()).length;
    for (const token of [own, await audit.auditor({ scopes: [] }), await audit.auditor()]) {
      for (const path of ['/v1/audit/exchanges/ID', '/v1/exchanges/ID/receipt']) {
        for (const odd of [pins.hoa, '6f9619ff-8b86-4011-b42d-00cf4fc964ff', id.toUpperCase()])
          t.equal((await audit.get(path.replace('ID', odd), token)).status, 404, path);
      }
    }
    t.equal((await audit.entries()).length, before);
  });

  await t.test('no personal number, name or case is in any entry', async (t) => {
    const token = await audit.auditor({ id: 'Nguyễn Thị Hòa' });
    await audit.post(search, { subject: pin, issue: `about ${pins.hoa}` }, token, { 'x-road-issue': pins.hoa });
    const entry = await last();
    t.match(entry, { issue: /^[\w-]{43}$/, official: /^[\w-]{43}$/ });
    const printed = JSON.stringify(await audit.entries());
    for (const secret of [pins.hoa, 'Nguyễn', 'auditor-1', 'a name', 'VN/GOV/Name'])
      t.notOk(printed.includes(secret), secret);
    t.equal((await audit.get('/v1/audit/exchanges', token, { 'x-road-issue': 'x'.repeat(300) })).status, 400);
  });

  await t.test('a person’s looks and an auditor’s looks are found like exchanges', async (t) => {
    await audit.indexed();
    const token = await audit.auditor();
    const byPerson = await audit.post(search, { kind: 'audit', subject: pin }, token);
    t.ok(byPerson.body.rows.some(({ look }) => look === 'subjects'));
    const byAuditor = { official: { userId: 'auditor-1' }, outcome: 'refused', limit: 1000 };
    const refused = (await audit.newestFirst()).filter((entry) => entry.kind === 'audit' && entry.status === 403);
    t.ok(refused.length > 5);
    t.same(ids((await audit.post(search, byAuditor, token)).body.rows), ids(refused));
  });

  await t.test('citizens and operators are no auditors, and are recorded', async (t) => {
    for (const role of ['citizen', 'operator'] as const) {
      const token = await audit.gateway.issueToken({ id: pins.duc, role, lifetimeSeconds: 60 });
      t.equal((await audit.get('/v1/audit/exchanges', token)).status, 403);
      t.match(await last(), { kind: 'audit', role, status: 403, look: 'exchanges' });
    }
  });
});

t.test('an auditor of one member', async (t) => {
  const audit = await startAuditGateway(t);
  await makeExchanges(audit);
  const all = await audit.newestFirst();
  const everyone = await audit.auditor();
  const foreign = all.find((entry) => !concerns(g15)(entry));
  const token = await audit.auditor({ confinedTo: g15 });

  await t.test('sees its exchanges as consumer and as owner, and no others', async (t) => {
    const expected = ids(all.filter(concerns(g15)));
    t.ok(expected.length > 0 && expected.length < all.length);
    t.same(ids(await audit.allRows('', token)), expected);
    const owner = await audit.auditor({ confinedTo: 'VN/GOV/G18' });
    t.same(ids(await audit.allRows('', owner)), ids(all.filter(concerns('VN/GOV/G18'))));
    for (const form of ['text/csv', 'application/x-ndjson']) {
      const { text } = await audit.get('/v1/audit/exchanges', token, { accept: form });
      t.equal(text.trimEnd().split('\n').length - (form === 'text/csv' ? 1 : 0), expected.length);
      t.notOk(text.includes(g07));
    }
  });

  await t.test('whatever filter or cursor is sent', async (t) => {
    const subject = all.at(-1)?.subject;
    const page = await audit.get('/v1/audit/exchanges?limit=1', everyone);
    for (const query of [`consumer=${g07}`, `consumer=${g07}/social-protection`, 'agreement=fragile', 'kind=audit'])
      t.same(await audit.allRows(query, token), [], query);
    for (const query of [
      `after=${page.body.next}`,
      `subject=${subject}`,
      `issue=${dossier}`,
      'service=VN/GOV/G18',
      'outcome=refused',
    ])
      t.ok((await audit.allRows(query, token)).every(concerns(g15)), query);
    for (const query of ['member=VN/GOV/G07', 'confinedTo=VN/GOV/G07', 'memberConsumers=1'])
      t.equal((await audit.get(`/v1/audit/exchanges?${query}`, token)).status, 400, query);
    const posted = await audit.post(search, { subject: { pin: pins.hoa }, member: g07 }, token);
    t.equal(posted.status, 422);
    const found = await audit.post(search, { subject: { pin: pins.hoa } }, token);
    t.ok(found.body.rows.length > 0 && found.body.rows.every(concerns(g15)));
  });

  await t.test('by id and receipt, others’ are as if they were not', async (t) => {
    const mine = all.find(concerns(g15));
    t.equal((await audit.get(`/v1/audit/exchanges/${mine?.id}`, token)).status, 200);
    t.equal((await audit.get(`/v1/exchanges/${mine?.id}/receipt`, token)).status, 200);
    const unknown = `${mine?.id.slice(0, -4)}ffff`;
    for (const path of ['/v1/audit/exchanges/ID', '/v1/exchanges/ID/receipt']) {
      const [hidden, missing] = await Promise.all(
        [foreign?.id ?? '', unknown].map((id) => audit.get(path.replace('ID', id), token)),
      );
      t.equal(hidden?.status, 404, path);
      t.same({ ...hidden?.body, instance: '' }, { ...missing?.body, instance: '' });
    }
    const look = (await audit.newestFirst())[0];
    t.equal((await audit.get(`/v1/audit/exchanges/${look?.id}`, token)).status, 404, 'nor looks');
  });

  await t.test('counts and accesses are of its own exchanges', async (t) => {
    const counted = await audit.get('/v1/audit/statistics?by=consumer,service', token);
    t.equal(counted.body.rows.length > 0, true);
    t.ok(counted.body.rows.every(concerns(g15)));
    t.same((await audit.get(`/v1/audit/statistics?consumer=${g07}`, token)).body.rows, []);
    const { body } = await audit.post('/v1/audit/subjects', { pin: pins.hoa }, token);
    t.ok(body.accesses.length > 0 && body.accesses.every(concerns(g15)));
  });

  await t.test('raw bundles hold everybody’s', async (t) => {
    const { status, body } = await audit.get('/log/tile/entries/000.p/1', token);
    t.same([status, body.code], [403, 'role-not-allowed']);
    t.match(body.detail, /confined to VN\/GOV\/G15/);
    t.match((await audit.newestFirst())[0], { look: 'entries', status: 403 });
  });

  await t.test('a former code is the same member', async (t) => {
    const former = await audit.auditor({ confinedTo: 'VN/GOV/000.00.00.G15' });
    t.same((await audit.get(`/v1/audit/exchanges/${foreign?.id}`, former)).status, 404);
  });
});

t.test('nothing is read before the look is durable', async (t) => {
  let disk: WatchedDisk | undefined;
  const audit = await startAuditGateway(t, {
    wrapLogDisk: (real) => {
      disk = watchDisk(real);
      return disk;
    },
  });
  await makeExchanges(audit);
  const token = await audit.auditor();
  const paths = ['/v1/audit/exchanges', '/v1/audit/statistics', '/log/tile/entries/000.p/1'];
  disk?.hold();
  let answered = 0;
  const replies = paths.map((path) =>
    audit.get(path, token).then((reply) => {
      answered += 1;
      return reply;
    }),
  );
  while (disk?.waiting === 0) await sleep(5);
  await sleep(200);
  t.equal(answered, 0, 'not one byte has left');
  disk?.release();
  for (const { status, headers } of await Promise.all(replies)) {
    t.equal(status, 200);
    t.match(headers.get('exchange-log-index'), /^\d+$/);
  }

  disk?.breakWith('sync', new Error('EIO'));
  for (const path of [...paths, `/v1/exchanges/${(await audit.entries())[0]?.id}/receipt`]) {
    const { status, body } = await audit.get(path, token);
    t.same([status, body.code], [503, 'log-unavailable'], path);
    t.notOk(JSON.stringify(body).includes('social-protection'), 'nothing was read');
  }
});

t.test('without its database the index says so, exchanges go on, and it catches up', async (t) => {
  const audit = await startAuditGateway(t);
  await makeExchanges(audit);
  const token = await audit.auditor();
  await audit.postgres.kill();
  for (const [path, accept] of [
    ['/v1/audit/exchanges', '*/*'],
    ['/v1/audit/exchanges', 'text/csv'],
    ['/v1/audit/exchanges?consumer=VN/GOV/G07', 'application/x-ndjson'],
    ['/v1/audit/statistics', '*/*'],
    [`/v1/audit/exchanges/${(await audit.entries())[0]?.id}`, '*/*'],
  ] as const) {
    const { status, headers, body } = await audit.get(path, token, { accept });
    t.same([status, body.code], [503, 'index-unavailable'], `${path} ${accept}`);
    t.match(headers.get('retry-after'), /^\d+$/);
    t.equal((await audit.newestFirst())[0]?.id, headers.get('exchange-id'), 'the look is recorded all the same');
  }
  const { status, headers } = await audit.call(askService, 'G07/social-protection', { pin: pins.hoa });
  t.equal(status, 200);
  await audit.postgres.start();
  await audit.indexed();
  const id = headers.get('exchange-id') ?? '';
  t.ok(ids(await audit.allRows('kind=query', token)).includes(id));
});
