/** A portal that speaks the Data Tracker's protocol gets what it expects, and nobody gets anybody else's data. */

import t from 'tap';
import type { Usage } from '../../src/http/citizen/usage.ts';
import { startCitizenGateway } from '../support/citizen-fixture.ts';
import { pins } from '../support/incoming-fixture.ts';
import { askService } from '../support/troubled.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const gateway = await startCitizenGateway(t, {
  settings: { accesses: { usageRowsMax: 5, usageScanRowsMax: 30, looksBurst: 200 }, health: { checkIntervalMs: 10 } },
});
const token = await gateway.citizen(pins.hoa);
const find = (query = '', headers = {}) => gateway.get(`/v2/findUsage${query}`, token, headers);

t.test('usages are those by others, the newest first, each in the protocol’s form', async (t) => {
  const { status, body } = await find();
  t.equal(status, 200, JSON.stringify(body));
  t.equal(body.totalUsages, 7);
  t.equal(body.usages.length, 5, 'a page');
  const [look, failed] = body.usages;
  t.match(look, { receiverCode: 'auditor', receiverName: 'Kiểm toán viên', action: 'Kiểm tra nhật ký (subjects)' });
  t.match(failed, { action: / · bị từ chối \(registry-failed\)$/, receiverCode: 'G07', receiverName: /Lao động/ });
  for (const usage of body.usages) {
    t.same(Object.keys(usage).sort(), ['action', 'logtime', 'receiverCode', 'receiverName', 'receiverSystem']);
    t.match(usage.logtime, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
    for (const value of Object.values(usage)) t.ok(typeof value === 'string' && value !== '');
  }
  const english = await find('', { 'accept-language': 'en-GB,en;q=0.8' });
  t.match(english.body.usages[1], { action: / · refused \(registry-failed\)$/, receiverName: /Labour/ });
});

t.test('offset and limit give stable pages, though each question is an entry', async (t) => {
  const all: Usage[] = [];
  for (let offset = 0; ; offset += 3) {
    const { body } = await find(`?offset=${offset}&limit=3`);
    t.equal(body.totalUsages, 7);
    all.push(...body.usages);
    if (body.usages.length < 3) break;
  }
  t.equal(all.length, 7);
  t.same(all.slice(0, 5), (await find()).body.usages);
  const [newest, , third] = all;
  const { body } = await find(`?periodStart=${third?.logtime}&periodEnd=${newest?.logtime}`);
  t.same(body.usages, all.slice(1, 3));
  t.equal(body.totalUsages, 2);
});

t.test('the code of another person is refused in every place, and told to nobody', async (t) => {
  for (const [query, headers] of [
    [`?userCode=${pins.hoa}`, {}],
    [`?userCode=VN${pins.hoa}`, { 'x-road-userid': `VN${pins.hoa}` }],
    ['', { 'x-road-userid': pins.hoa }],
  ] as const) {
    t.equal((await find(query, headers)).status, 200, query);
  }
  for (const [query, headers] of [
    [`?userCode=${pins.duc}`, {}],
    [`?userCode=${pins.hoa}`, { 'x-road-userid': pins.duc }],
    [`?userCode=VN${pins.duc}`, { 'x-road-userid': pins.hoa }],
    ['', { 'x-road-userid': 'official-1' }],
  ] as const) {
    const refused = await find(query, headers);
    t.match(refused, { status: 403, body: { code: 'role-not-allowed' } }, query);
    t.notMatch(JSON.stringify(refused.body), /099\d{9}/);
    t.match((await gateway.entries()).at(-1), { look: 'accesses', role: 'citizen', problem: 'role-not-allowed' });
  }
  const stranger = await gateway.get('/v2/findUsage', await gateway.citizen(pins.minh));
  t.equal(stranger.body.totalUsages, 1);
});

t.test('what is malformed is 400', async (t) => {
  for (const query of ['?limit=6', '?limit=x', '?offset=-1', '?offset=31', '?periodStart=yesterday', '?user=1']) {
    t.match(await find(query), { status: 400, body: { code: 'parameter-invalid' } }, query);
  }
});

t.test('usagePeriod and heartbeat', async (t) => {
  const [first] = await gateway.entries();
  t.same((await gateway.get('/v2/usagePeriod', token)).body, { periodStart: first?.time });
  t.match((await gateway.entries()).at(-1), { look: 'accesses', role: 'citizen', filters: { form: 'usagePeriod' } });
  t.equal((await gateway.get('/v2/usagePeriod')).status, 401);
  t.equal((await gateway.get('/v2/usagePeriod', await gateway.auditor())).status, 403);
  const entriesBefore = (await gateway.entries()).length;
  t.same((await gateway.get('/v2/heartbeat')).body, { status: 'OK', message: 'The log and its index answer' });
  t.equal((await gateway.entries()).length, entriesBefore, 'nobody looked at anything');
});

t.test('who tried to look at somebody else is seen by that person', async (t) => {
  const refused = await gateway.post('/v1/audit/subjects', { pin: pins.hoa }, await gateway.citizen(pins.duc));
  t.equal(refused.status, 403);
  const { body } = await find();
  t.match(body.usages[0], {
    receiverCode: 'citizen',
    action: 'Kiểm tra nhật ký (subjects) · bị từ chối (role-not-allowed)',
  });
});

t.test('every question is an entry about the person, with its own number', async (t) => {
  const { body } = await gateway.accessesOf(pins.hoa);
  const about = (await gateway.entries()).filter(({ subject }) => subject === body.subjects[0]);
  t.same(
    about.map(({ subjectNumber }) => subjectNumber),
    about.map((_entry, at) => at + 1),
  );
  t.equal(body.look.number, about.length);
});

t.test('a list never ends by the person’s own asking', async (t) => {
  const { body } = await find();
  for (let questions = 0; questions < 31; questions += 1) await gateway.get('/v2/usagePeriod', token);
  t.match(await find(), { status: 200, body: { totalUsages: body.totalUsages } });
});

t.test('more rows than one list has', async (t) => {
  await Promise.all(
    Array.from({ length: 30 }, () => gateway.call(askService, 'G07/social-protection', { pin: pins.hoa })),
  );
  t.match(await find(), { status: 422, body: { code: 'result-too-large' } });
});

t.test('while the index is away, a person is told so', async (t) => {
  await gateway.postgres.stop();
  const { status, body } = await gateway.accessesOf(pins.hoa);
  t.equal(status, 503, JSON.stringify(body));
  t.equal(body.code, 'index-unavailable');
  t.match((await gateway.get('/v2/heartbeat')).body, { status: 'FAIL', message: String });
});
