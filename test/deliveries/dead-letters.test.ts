/** What does not arrive: kept, seen, tried again, given up or corrected, by operators and senders, each action an entry. */

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { makeDeadLetter } from '../support/dead-letter.ts';
import { projectRoot } from '../support/gateway.ts';
import { createPushPlace, until } from '../support/push-place.ts';
import { residenceService, sender } from '../support/residence-change.ts';
import { runSql } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const place = await createPushPlace(t);
const other = 'VN/GOV/H41/one-stop';
const gateway = await place.gateway({
  deliveries: { stockIntervalMs: 100 },
  agreements: [
    {
      ...{ id: 'others', consumer: other, service: residenceService, purposes: ['test'], legalBasis: 'Test decree' },
      ...{ fields: [], validFrom: '2020-01-01', validUntil: '2999-12-31' },
      quota: { requestsPerSecond: 100, burst: 100 },
    },
  ],
});
await gateway.start();
const pin = '099190000001';
const operator = { role: 'operator' as const, id: 'operator-1' };

const push = async (line: string, headers: Record<string, string> = {}) => {
  const { status, body } = await gateway.push(pin, line, headers);
  t.equal(status, 202);
  return body.exchangeId as string;
};
const show = async (id: string) => (await gateway.ask(`/v1/exchanges/${id}`)).body;
const inState = (id: string, wanted: string) =>
  until(
    () => show(id),
    ({ state }) => state === wanted,
  );

async function deadLetter(line: string): Promise<string> {
  const id = await makeDeadLetter(place, gateway, pin, line);
  t.match(await show(id), { state: 'dead', final: false, problem: /^registry-/ });
  return id;
}

/** Samples of the registry's stock, which the configuration has counted often. */
async function standing(): Promise<string[]> {
  const text = await (await fetch(`${gateway.url()}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith('lienthong_deliveries_standing{'));
}

const readiness = async () => (await gateway.ask('/health/ready')).body.dependencies;

t.test('a dead letter holds what follows about the person, until an operator has it tried again', async (t) => {
  const id = await deadLetter('đã chết');
  const next = await push('phía sau');
  t.match(await show(next), {
    state: 'accepted',
    heldBehind: id,
    heldBehindDeadLetter: true,
    legs: [{ state: 'to-come' }],
  });
  const ofSender = await gateway.ask('/v1/exchanges?limit=1');
  t.match(ofSender.body, {
    exchanges: [{ exchangeId: next, state: 'accepted', heldBehind: id, heldBehindDeadLetter: true }],
  });
  const stock = await until(standing, (lines) =>
    ['"dead"} 1', '"held"} 1'].every((end) => lines.some((line) => line.endsWith(end))),
  );
  t.ok(
    stock.some((line) => line.endsWith('"waiting"} 0')),
    'what there is none of, too',
  );
  t.match(await gateway.ask('/health/ready'), { status: 200, body: { status: 'degraded' } });
  t.match(
    (await readiness()).find(({ name }: { name: string }) => name === 'deliveries'),
    {
      ok: false,
      vital: false,
      reason: 'dead-letters',
    },
  );
  const listed = await gateway.ask('/v1/admin/dead-letters?registry=population', operator);
  t.match(listed.body, { exchanges: [{ exchangeId: id, state: 'dead' }] });
  t.match((await gateway.ask(`/v1/admin/dead-letters/${id}`, operator)).body, { transitions: [{}, {}, {}] });
  t.equal((await gateway.ask(`/v1/admin/dead-letters/${next}`, operator)).status, 404);
  const done = await gateway.ask(`/v1/admin/dead-letters/${id}/redeliver`, { ...operator, body: {} });
  t.equal(done.status, 204);
  const entry = (await gateway.entries())[Number(done.headers.get('exchange-log-index'))];
  t.match(entry, { kind: 'admin', action: 'redeliver', exchange: id, official: /^[\w-]{43}$/, subject: /^[\w-]{43}$/ });
  t.match(await inState(id, 'delivered'), { state: 'delivered' });
  t.match(await inState(next, 'delivered'), { state: 'delivered' });
  t.same((await place.effects(pin)).slice(-2), ['đã chết', 'phía sau']);
  await until(standing, (lines) => lines.every((line) => line.endsWith(' 0')));
  const again = await gateway.ask(`/v1/admin/dead-letters/${id}/redeliver`, { ...operator, body: {} });
  t.match(again, { status: 409, body: { code: 'state-conflict' } });
});

t.test('discarded with a reason, it is never delivered, and what it held goes on', async (t) => {
  const id = await deadLetter('bỏ đi');
  const next = await push('sau khi bỏ');
  const discard = (body: object) => gateway.ask(`/v1/admin/dead-letters/${id}/discard`, { ...operator, body });
  t.match(await discard({ reason: 'because' }), { status: 422, body: { code: 'message-invalid' } });
  t.equal((await discard({ reason: 'settled-elsewhere' })).status, 204);
  t.match(await show(id), { state: 'discarded', final: true, reason: 'settled-elsewhere' });
  await inState(next, 'delivered');
  t.notOk((await place.effects(pin)).includes('bỏ đi'));
  const entries = (await gateway.entries()).slice(-8);
  t.ok(entries.some(({ action, reason }) => action === 'discard' && reason === 'settled-elsewhere'));
  t.ok(entries.some(({ state, exchange }) => state === 'discarded' && exchange === id));
});

t.test('a sender corrects it by another push, and both say so', async (t) => {
  const id = await deadLetter('sai');
  const next = await push('đúng', { 'exchange-corrects': id });
  t.match(await inState(next, 'delivered'), { state: 'delivered', corrects: id });
  t.match(await show(id), { state: 'discarded', reason: 'corrected', correctedBy: next });
  const twice = await gateway.push(pin, 'nữa', { 'exchange-corrects': id });
  t.match(twice, { status: 409, body: { code: 'state-conflict' } });
  const nobodys = await gateway.push(pin, 'nữa', { 'exchange-corrects': '01890a5d-ac96-774b-bcce-099190000001' });
  t.match(nobodys, { status: 409, body: { code: 'state-conflict' } });
  const entries = await gateway.entries();
  t.ok(entries.some((entry) => entry.id === next && entry.corrects === id));
  t.match(
    entries.at(-1),
    { problem: 'state-conflict', corrects: /^[\w-]{43}$/ },
    'what nobody has is kept as a pseudonym',
  );
});

t.test('another sender that waits behind it is told so, and not whose it is', async (t) => {
  const id = await deadLetter('của người khác');
  const token = await gateway.token(other, 'client');
  const headers = { 'x-road-client': other, authorization: `Bearer ${token}` };
  const { body } = await gateway.push(pin, 'bên kia', headers);
  const { body: held } = await gateway.ask(`/v1/exchanges/${body.exchangeId}`, { id: other });
  t.match(held, { state: 'accepted', heldBehindDeadLetter: true });
  t.notOk(JSON.stringify(held).includes(sender));
  t.equal((await gateway.ask(`/v1/exchanges/${id}`, { id: other })).status, 404);
  const waited = await shell(token, 'list', '--client', other, '--wait', '20');
  t.match(waited, { code: 1, output: new RegExp(`${body.exchangeId} accepted \\(held by a dead letter\\)`) });
  const redelivering = { ...operator, body: {} };
  t.equal((await gateway.ask(`/v1/admin/dead-letters/${id}/redeliver`, redelivering)).status, 204);
  const delivered = await until(
    async () => (await gateway.ask(`/v1/exchanges/${body.exchangeId}`, { id: other })).body,
    ({ state }) => state === 'delivered',
  );
  t.equal(delivered.state, 'delivered');
  t.notOk('heldBehindDeadLetter' in delivered);
});

t.test('what is held behind something that a dead letter holds waits for an operator as well', async (t) => {
  const beside = '099088000002';
  const { body: earlier } = await gateway.push(beside, 'trước');
  await inState(String(earlier.exchangeId), 'delivered');
  const id = await deadLetter('đầu hàng');
  const between = await push('ở giữa');
  // As a push about both of them has it.
  await runSql(
    place.stateUrl,
    `INSERT INTO delivery_turns SELECT t.id, d.order_key, t.turn, t.seq FROM delivery_turns t, deliveries d
     WHERE t.id = '${between}' AND d.id = '${earlier.exchangeId}'`,
  );
  const { body: last } = await gateway.push(beside, 'cuối hàng');
  t.match(await show(between), { heldBehind: id, heldBehindDeadLetter: true });
  t.match(await show(String(last.exchangeId)), { heldBehind: between, heldBehindDeadLetter: true });
  const redelivering = { ...operator, body: {} };
  t.equal((await gateway.ask(`/v1/admin/dead-letters/${id}/redeliver`, redelivering)).status, 204);
  t.match(await inState(String(last.exchangeId), 'delivered'), { state: 'delivered' });
});

t.test('many are tried again at once, and only operators may', async (t) => {
  const id = await deadLetter('nhiều');
  const body = { registry: 'population' };
  t.match(await gateway.ask('/v1/admin/dead-letters/redeliver', { body }), {
    status: 403,
    body: { code: 'role-not-allowed' },
  });
  const done = await gateway.ask('/v1/admin/dead-letters/redeliver', { ...operator, body });
  t.same(done.body, { redelivered: [id] });
  await inState(id, 'delivered');
  t.match((await gateway.ask('/v1/admin/deliveries?state=delivered&limit=1', operator)).body, { next: String });
  const listed = async (by: string) =>
    (await gateway.ask(`/v1/admin/deliveries?limit=1&sender=${by}`, operator)).body.exchanges;
  t.same(await listed(sender.replace('/H26/', '/000.00.00.H26/')), await listed(sender), 'also by its former code');
  const before = (await gateway.entries()).length;
  const none = await gateway.ask('/v1/admin/dead-letters/redeliver', { ...operator, body });
  t.same(none.body, { redelivered: [] });
  const entries = (await gateway.entries()).slice(before);
  t.match(
    entries,
    [{ kind: 'admin', action: 'redeliver', status: 200, official: /^[\w-]{43}$/ }],
    'recorded all the same',
  );
  t.equal(entries[0]?.exchange, undefined);
});

t.test('a refusal is final, and its reason is told to the sender alone', async (t) => {
  const { body } = await gateway.push('099199999999', 'không ai');
  const refused = await inState(body.exchangeId, 'refused');
  t.match(refused, { final: true, reason: String, refusal: { en: String, vi: String }, legs: [{ state: 'refused' }] });
  const seen = (await gateway.ask(`/v1/admin/deliveries/${body.exchangeId}`, operator)).body;
  t.match(seen, { state: 'refused', reason: refused.reason });
  t.notOk('refusal' in seen || 'result' in seen);
});

t.test('messages are erased some time after the end, states stay', async (t) => {
  const id = await push('sẽ xóa');
  await inState(id, 'delivered');
  await runSql(place.stateUrl, `UPDATE deliveries SET final_ms = final_ms - 169 * 3600000 WHERE id = '${id}'`);
  const left = await until(
    () => runSql(place.stateUrl, `SELECT 1 FROM delivery_messages WHERE id = '${id}'`),
    (rows) => rows.length === 0,
  );
  t.same(left, []);
  const push1 = await show(id);
  t.equal(push1.state, 'delivered');
  t.notOk('result' in push1);
});

async function shell(token: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const main = path.join(projectRoot, 'src/main.ts');
  const env = { ...process.env, LIENTHONG_TOKEN: token };
  const run = promisify(execFile)(process.execPath, [main, 'deliveries', ...args, '--url', gateway.url()], { env });
  return run.then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }) => ({ code, output: `${stdout}${stderr}` }),
  );
}

async function lienthong(...args: string[]): Promise<string> {
  return (await shell(await gateway.token('operator-1', 'operator'), ...args)).output;
}

t.test('a sender sees its own from a shell, and may wait for them', async (t) => {
  const issue = 'H26.15-261122-0002';
  const dead = await deadLetter('chờ mãi');
  const id = await push('chờ', { 'x-road-issue': issue });
  const token = await gateway.token(sender, 'client');
  const asked = ['--client', sender, '--issue', issue];
  const held = await shell(token, 'list', ...asked, '--wait', '20');
  t.match(held, { code: 1, output: new RegExp(`${id} accepted \\(held by a dead letter\\)`) });
  t.match(await shell(token, 'show', dead, '--client', sender, '--wait', '20'), { code: 1, output: /"dead"/ });
  const discarding = { ...operator, body: { reason: 'sent-in-error' } };
  await gateway.ask(`/v1/admin/dead-letters/${dead}/discard`, discarding);
  t.match(await shell(token, 'list', ...asked, '--wait', '20'), { code: 0, output: new RegExp(`${id} delivered`) });
  await place.registry.down();
  const waiting = await push('còn chờ', { 'x-road-issue': issue });
  t.match(await shell(token, 'list', ...asked, '--wait', '1'), { code: 2, output: new RegExp(`${id} delivered`) });
  await place.registry.up();
  await inState(waiting, 'delivered');
  t.match(await shell(token, 'list', '--client', sender, '--registry', 'population'), {
    code: 1,
    output: /for operators/,
  });
  t.match(await shell(token, 'list', '--client', sender, '--issue', 'H26.15-mistyped', '--wait', '2'), {
    code: 4,
    output: /No push matches/,
  });
  t.match(await shell(token, 'list', ...asked, '--state', 'retrying', '--wait', '2'), { code: 0 });
  t.match(await shell(token, 'list', '--wait', '20'), { code: 3, output: /403: .*--client VN\/GOV/ });
});

t.test('an operator does all of it from a shell', async (t) => {
  const id = await deadLetter('dòng lệnh');
  const behind = await push('dòng sau', { 'x-road-issue': 'H26.15-261122-0001' });
  t.match(await lienthong('list', '--dead', '--registry', 'population'), new RegExp(`${id} dead \\(registry-`));
  const ofIssue = await lienthong('list', '--issue', 'H26.15-261122-0001');
  t.match(ofIssue, new RegExp(`${behind} accepted \\(held by a dead letter\\)`));
  t.notMatch(ofIssue, id);
  t.match(await lienthong('list', '--state', 'bogus'), /400: .*must be one of accepted, delivering, /);
  t.match(JSON.parse(await lienthong('show', id)), { exchangeId: id, state: 'dead' });
  t.match(await lienthong('redeliver', id), `${id} is tried again (log `);
  await inState(id, 'delivered');
  t.match(await lienthong('redeliver', '--all', '--registry', 'population'), '0 are tried again');
  t.match(await lienthong('discard', id, '--reason', 'sent-in-error'), /409: The push is delivered/);
});
