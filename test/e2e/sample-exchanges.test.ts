/** The shipped configuration on its sample registries, by real requests: what a newcomer's first calls get. */

import t from 'tap';
import type { ListedService } from '../support/answers.ts';
import { readReply, startGateway } from '../support/gateway.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const hoa = '099190000001';

t.test('the sample configuration', async (t) => {
  const gateway = await startGateway(t);
  const plain = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    fetch(`${gateway.url}${path}`, { ...init, headers: { ...(init.headers as object), ...headers } }).then(readReply);
  const legacy = { 'x-road-client': 'VN/GOV/G22/legacy-client' };

  await t.test('social protection gets exactly its six fields', async (t) => {
    const { status, headers, body } = await gateway.call('G01/population/get-person', 'G07/social-protection', {
      pin: hoa,
    });
    t.equal(status, 200);
    t.same(Object.keys(body), ['found', 'person']);
    t.same(Object.keys(body.person).sort(), ['dateOfBirth', 'fullName', 'pin', 'residence', 'sex', 'status']);
    t.same(Object.keys(body.person.residence), ['permanent']);
    t.match(body.person, { pin: hoa, fullName: 'Nguyễn Thị Hòa', sex: 'female', status: 'active' });
    t.same(body.person.dateOfBirth, { value: '1990-05-17', precision: 'day' });
    t.equal(headers.get('x-road-service'), 'VN/GOV/G01/population/get-person');
    t.equal(headers.get('x-road-client'), 'VN/GOV/G07/social-protection');
    t.match(headers.get('exchange-id'), /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    t.match(headers.get('ratelimit'), /^"agreement";r=\d+;t=\d+$/);
    t.equal(headers.get('cache-control'), 'no-store');
    const entry = (await gateway.entries()).at(-1);
    t.match(entry, {
      id: headers.get('exchange-id'),
      consumer: 'VN/GOV/G07/social-protection',
      purpose: 'benefit-decision',
      agreement: 'AGR-2026-0001',
      fields: ['dateOfBirth', 'fullName', 'pin', 'residence.permanent', 'sex', 'status'],
      status: 200,
      source: 'registry',
    });
    t.notOk(JSON.stringify(entry).includes(hoa) || JSON.stringify(entry).includes('Hòa'), 'the entry names nobody');
  });

  await t.test('the second consumer shares the kept answer and sees its own fields', async (t) => {
    const { headers, body } = await gateway.call('G01/population/get-person', 'G12/tax', {
      pin: hoa,
      fields: ['fullName'],
    });
    t.match(headers.get('cache-status'), /^lienthong; hit; ttl=\d+; detail=memory$/);
    t.match(headers.get('age'), /^\d+$/);
    t.same(body, { found: true, person: { fullName: 'Nguyễn Thị Hòa' } });
  });

  await t.test('the same question again gets the same bytes, from the cache', async (t) => {
    const headers = {
      authorization: `Bearer ${await gateway.token('VN/GOV/G07/social-protection')}`,
      'x-road-client': 'VN/GOV/G07/social-protection',
      'content-type': 'application/json',
    };
    const ask = async () => {
      const url = `${gateway.url}/r1/VN/GOV/G01/population/get-person/v1`;
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ pin: '099088000002' }) });
      return { headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
    };
    const [first, ...others] = [await ask(), await ask(), await ask()];
    t.match(first?.headers.get('cache-status'), /fwd=miss/);
    for (const { headers, bytes } of others) {
      t.match(headers.get('cache-status'), /hit/);
      t.same(bytes, first?.bytes);
      t.equal(headers.get('content-length'), String(bytes.length));
      t.equal(headers.get('content-type'), 'application/json; charset=utf-8');
      t.same([...headers.keys()].filter((name) => name !== 'age').sort(), [...(first?.headers.keys() ?? [])].sort());
    }
    t.ok(
      first?.bytes.some((byte) => byte > 0x7f),
      'the name has letters of several bytes',
    );
  });

  await t.test('a one-stop shop without the agreement is refused', async (t) => {
    const { status, headers, body } = await gateway.call('G01/population/get-person', 'H41/one-stop', { pin: hoa });
    t.equal(status, 403);
    t.equal(headers.get('x-road-error'), 'Server.ServerProxy.AccessDenied');
    t.equal(body.code, 'agreement-missing');
  });

  await t.test('not found is an answer', async (t) => {
    const { status, body } = await gateway.call('G01/population/get-person', 'G07/social-protection', {
      pin: '099190999999',
    });
    t.equal(status, 200);
    t.same(body, { found: false });
  });

  await t.test('an identity is confirmed by level, however the name is written', async (t) => {
    const claim = (fullName: string) =>
      gateway.call('G01/population/verify-identity', 'H26/one-stop', {
        pin: hoa,
        fullName,
        dateOfBirth: { value: '1990-05-17', precision: 'day' },
      });
    const levels = {
      'Nguyễn Thị Hòa': 'exact',
      [`${'Nguyễn Thị Hòa'.normalize('NFD')}`]: 'exact',
      'Nguyễn Thị Hoà': 'tone-variant',
      'NGUYEN THI HOA': 'unaccented',
      'Nguyễn Thị Hoa Mai': 'none',
    };
    for (const [name, level] of Object.entries(levels)) {
      const { body } = await claim(name);
      t.same(body, { found: true, match: { fullName: level, dateOfBirth: 'exact' } }, name);
    }
  });

  await t.test('a client that knows only X-Road’s plain connection', async (t) => {
    const clients = await plain('/listClients?xRoadInstance=VN', { accept: 'application/json' });
    const subsystems = clients.body.member.map(({ id }) => id.subsystem_code);
    t.ok(subsystems.includes('legacy-client') && subsystems.includes('population'));
    t.match((await plain('/listClients')).headers.get('content-type'), /xml/, 'XML where Accept says nothing');

    const methods = await plain('/r1/VN/GOV/G01/population/listMethods', legacy);
    const codes = (reply: typeof methods) =>
      (reply.body.service as readonly ListedService[]).map((one) => one.service_code);
    t.same(codes(methods).sort(), [
      'confirm-residence',
      'get-household',
      'get-person',
      'report-residence-change',
      'verify-identity',
    ]);
    const allowed = await plain('/r1/VN/GOV/G01/population/allowedMethods', legacy);
    t.same(codes(allowed), ['verify-identity']);
    t.match(allowed.body.service[0], { service_type: 'OPENAPI', endpoint_list: [{ method: 'POST', path: '/v1' }] });

    const document = await plain('/r1/VN/GOV/G01/population/getOpenAPI?serviceCode=verify-identity', legacy);
    t.same(document.body.servers, [{ url: '/r1/VN/GOV/G01/population/verify-identity' }]);
    t.same(Object.keys(document.body.paths), ['/v1']);
    const missing = await plain('/r1/VN/GOV/G01/population/getOpenAPI?serviceCode=nope', legacy);
    t.match(missing.body.message, /^Service not found: /);
    const meta = await plain('/r1/VN/GOV/G01/population/getOpenAPI?serviceCode=listMethods', legacy);
    t.equal(meta.body.message, 'Invalid service type: REST');

    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const verify = await plain('/r1/VN/GOV/G01/population/verify-identity/v1', legacy, {
      ...post,
      body: JSON.stringify({ pin: hoa, fullName: 'Nguyễn Thị Hòa', dateOfBirth: { value: '1990', precision: 'year' } }),
    });
    t.same(verify.body, { found: true, match: { fullName: 'exact', dateOfBirth: 'compatible' } });
    const person = await plain('/r1/VN/GOV/G01/population/get-person/v1', legacy, {
      ...post,
      body: JSON.stringify({ pin: hoa }),
    });
    t.equal(person.status, 403);
  });

  await t.test('X-Road’s own error form goes to those who ask for XML', async (t) => {
    for (const [accept, form] of [
      ['text/xml', /^text\/xml/],
      ['application/xml, application/json', /^application\/xml/],
      ['application/json;charset=utf-8', /^application\/problem\+json/],
      ['image/png', /^application\/problem\+json/],
    ] as const) {
      const reply = await gateway.call('G01/population/get-person', 'H41/one-stop', { pin: hoa }, { accept });
      t.match(reply.headers.get('content-type'), form, accept);
    }
    const { text } = await gateway.call(
      'G01/population/get-person',
      'H41/one-stop',
      { pin: hoa },
      { accept: 'text/xml' },
    );
    t.match(text, /<error><type>Server\.ServerProxy\.AccessDenied<\/type><message>/);
  });

  await t.test('the message id is kept, the request id and hash are new for each call', async (t) => {
    const call = () =>
      gateway.call(
        'G01/population/get-person',
        'G07/social-protection',
        { pin: hoa },
        { 'x-road-id': 'dossier 7/2', 'x-road-request-id': 'mine' },
      );
    const [first, second] = [await call(), await call()];
    t.equal(first.headers.get('x-road-id'), 'dossier 7/2');
    t.not(first.headers.get('x-road-request-id'), 'mine');
    t.not(first.headers.get('x-road-request-hash'), second.headers.get('x-road-request-hash'));
  });

  await t.test('a former organisation code still stands for its member', async (t) => {
    const { status } = await gateway.call(
      'G01/population/get-person',
      'G07/social-protection',
      { pin: hoa },
      {
        'x-road-client': 'VN/GOV/000.00.00.G07/social-protection',
      },
    );
    t.equal(status, 200);
    t.equal((await gateway.entries()).at(-1)?.consumer, 'VN/GOV/G07/social-protection');
  });

  await t.test('a system below the safety level gets nothing', async (t) => {
    const claim = { pin: hoa, fullName: 'Nguyễn Thị Hòa', dateOfBirth: { value: '1990', precision: 'year' } };
    const { status, body } = await gateway.call('G01/population/verify-identity', 'H38.102/one-stop', claim);
    t.equal(status, 403);
    t.equal(body.code, 'safety-level-too-low');
  });

  await t.test('no log line, metric or entry holds a personal number or a name', async (t) => {
    const claim = { pin: hoa, fullName: 'Nguyễn Thị Hòa', dateOfBirth: { value: '1990', precision: 'year' } };
    await gateway.call('G01/population/verify-identity', 'H26/one-stop', claim, {
      'x-road-id': hoa,
      'x-road-issue': hoa,
      'x-road-userid': hoa,
      'x-road-represented-party': hoa,
    });
    await gateway.call(`G01/population/${hoa}`, 'H26/one-stop', claim);
    const log = JSON.stringify(await gateway.entries());
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    for (const secret of [hoa, 'Nguyễn', 'Hòa', 'NGUYEN']) {
      t.notOk(log.includes(secret), `the exchange log holds no ${secret}`);
      t.notOk(metrics.includes(secret), `the metrics hold no ${secret}`);
    }
  });
});
