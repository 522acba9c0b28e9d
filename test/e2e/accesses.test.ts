/** People see who asked about them, prove every row, and notice a row that is withheld. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { rotateKey } from '../../src/change-keys.ts';
import { parseSaved } from '../../src/commands/log-checks.ts';
import type { LogEntry } from '../../src/exchange/entries.ts';
import { canonicalJson } from '../../src/exchange-log/canonical.ts';
import { noWitnesses } from '../../src/exchange-log/note/cosigners.ts';
import { parseVerifierKey } from '../../src/exchange-log/note/keys.ts';
import { verifyAccesses } from '../../src/exchange-log/verify/verify-accesses.ts';
import type { Answer } from '../support/answers.ts';
import { startCitizenGateway } from '../support/citizen-fixture.ts';
import { projectRoot } from '../support/gateway.ts';
import { pins } from '../support/incoming-fixture.ts';
import { arrayLog, startIndex } from '../support/index-fixture.ts';
import { askService } from '../support/troubled.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const run = promisify(execFile);
const main = path.join(projectRoot, 'src/main.ts');
const lienthong = async (...options: string[]) => (await run(process.execPath, [main, ...options])).stdout;

const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-accesses-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const gateway = await startCitizenGateway(t, { settings: { accesses: { pageRowsMax: 20, usageScanRowsMax: 30 } } });
const vkey = (await lienthong('log', 'key', '--data', gateway.dataFolder)).trim();
const verifier = parseVerifierKey(vkey);
const first = await gateway.accessesOf(pins.hoa);

/** What a forger may write over. */
type Copy<T> = T extends object ? { -readonly [Name in keyof T]: Copy<T[Name]> } : T;
type CopiedRow = Copy<Answer>['accesses'][number];
const check = (...answers: readonly (Answer | string)[]) =>
  verifyAccesses(
    answers.map((answer, at) => ({ name: `page ${at + 1}`, text: JSON.stringify(answer) })),
    { keys: [verifier], witnesses: noWitnesses, parseJson: parseSaved },
  );
/** A tampered copy. */
const changed = (answer: Answer, change: (copy: Copy<Answer>) => void): Answer => {
  const copy = structuredClone(answer) as Copy<Answer>;
  change(copy);
  return copy;
};
const rowAt = ({ accesses }: Copy<Answer>, at: number) => accesses[at] as CopiedRow;

t.test('each entry about a person is there, refused ones and looks too, and nothing else', async (t) => {
  t.equal(first.status, 200, JSON.stringify(first.body));
  t.equal(first.headers.get('cache-control'), 'no-store');
  const { body } = first;
  const about = (await gateway.entries()).map((entry, index) => ({ entry, index }));
  const hers = about.filter(({ entry }) => entry.subject === body.subjects[0] && entry.id !== body.look.entry.id);
  t.same(
    body.accesses.map(({ index }) => index).toSorted((a, b) => a - b),
    hers.map(({ index }) => index),
  );
  for (const { index, entry, number } of body.accesses) {
    t.same(entry, hers.find((one) => one.index === index)?.entry);
    t.equal(number, hers.findIndex((one) => one.index === index) + 1, 'numbers follow the log');
  }
  t.same(
    body.accesses.map(({ outcome, look }) => look ?? outcome),
    ['subjects', 'registry-failed', 'agreement-missing', 'purpose-required', 'ok', 'ok', 'ok'],
  );
});

t.test('a row says who, which service, why, by what right and which fields', async (t) => {
  t.match(first.body.accesses.at(-1), {
    log: 'lienthong.example/gateway-1',
    index: 0,
    number: 1,
    kind: 'query',
    consumer: 'VN/GOV/G07/social-protection',
    service: `VN/GOV/${askService}`,
    version: 'v1',
    purpose: 'test',
    legalBasis: 'Test decree',
    fields: ['name', 'times'],
    issue: 'H21.123-240315-0007',
    outcome: 'ok',
    names: {
      consumer: { en: /Labour/, vi: /Lao động/ },
      consumerSystem: { en: String, vi: String },
      owner: { vi: /Y tế/ },
      service: { en: String, vi: String },
    },
  });
  const [look] = first.body.accesses;
  t.match(look, { kind: 'audit', look: 'subjects', role: 'auditor' });
  t.notMatch(JSON.stringify(first.body), /auditor-1|official-1|0990880|099190/, 'nobody else is named, nor any number');
});

t.test('the question is an entry itself, and its number says how many came before', async (t) => {
  const { look } = first.body;
  t.equal(look.number, 8);
  t.equal(String(look.index), first.headers.get('exchange-log-index'));
  t.match(look, { kind: 'audit', look: 'accesses', role: 'citizen', entry: { id: first.headers.get('exchange-id') } });
  t.not(look.entry.subject, look.entry.official, 'whoever asks has another name than whom it is about');
  const again = await gateway.accessesOf(pins.hoa);
  t.equal(again.body.look.number, 9);
  t.match(again.body.accesses[0], { number: 8, look: 'accesses', role: 'citizen' });
});

t.test('an answer is proven offline, from a file', async (t) => {
  t.match(check(first.body), { names: [{ entries: 8, last: 8, missing: [], lookedAt: first.body.look.time }] });
  const file = path.join(folder, 'answer.json');
  await writeFile(file, JSON.stringify(first.body, null, 2));
  const said = await lienthong('log', 'verify-accesses', file, '--key', vkey);
  t.match(said, /^The proofs hold: 8 entries of lienthong\.example\/gateway-1 about one person, in 1 answer\./);
  t.match(
    said,
    /Numbers 1 to 8 of lienthong\.example\/gateway-1 are all there: no entry of that log about this person was left out up to the question of /,
  );
  t.match(said, /Entries about others are not among them.*\("names"\) is not covered by the proofs/);
});

t.test('tampering is refused', async (t) => {
  const { body } = first;
  const others = (await gateway.accessesOf(pins.minh)).body;
  const resign = (row: CopiedRow) => Object.assign(row, { outcome: 'ok', entry: { ...row.entry, problem: undefined } });
  const faults: readonly [string, Answer | string, RegExp][] = [
    [
      'a field of an entry',
      changed(body, (copy) => (rowAt(copy, 2).entry.consumer = 'VN/GOV/G09')),
      /row 3: entry \d+ is not/,
    ],
    ['a field for people', changed(body, (copy) => (rowAt(copy, 6).purpose = 'none')), /row 7: "purpose" is not/],
    [
      'a field left out',
      changed(body, (copy) => Reflect.deleteProperty(rowAt(copy, 6), 'consumer')),
      /"consumer" is not what the entry/,
    ],
    [
      'a field added',
      changed(body, (copy) => Object.assign(rowAt(copy, 6), { remark: 'x' })),
      /"remark" is not what the entry says/,
    ],
    ['a refusal made good', changed(body, (copy) => resign(rowAt(copy, 2))), /row 3: entry \d+ is not/],
    ['proofs swapped', changed(body, swapProofs), /row 1: (entry|the proof)/],
    ['another index', changed(body, (copy) => (rowAt(copy, 0).index -= 1)), /row 1: (entry|the proof)/],
    ['a number', changed(body, (copy) => (rowAt(copy, 0).number = 1)), /"number" is not what the entry says/],
    ['two people mixed', changed(body, ({ accesses }) => accesses.push(rowIn(others, body))), /row 8: /],
    ['the look of another', changed(body, (copy) => Object.assign(copy, { look: others.look })), /the look: /],
    [
      'an exchange for a look',
      changed(body, (copy) => Object.assign(copy, { look: copy.accesses.shift() })),
      /not the person’s own question/,
    ],
    [
      'a checkpoint of another log',
      changed(body, (copy) => (copy.log = 'lienthong.example/x')),
      /of the log lienthong/,
    ],
    ['a checkpoint that nobody signed', changed(body, unsign), /the checkpoint of lienthong\.example\/gateway-1: /],
    ['no JSON', '{', /is no answer|it is no/],
  ];
  for (const [name, answer, message] of faults) t.throws(() => check(answer), { name: 'AccessFault', message }, name);
  t.throws(() => check(body, others), /are about different people/, 'answers of two people');
});

t.test('a row that is withheld is missed, the newest and the oldest too', async (t) => {
  const { body } = first;
  for (const [at, number] of [
    [0, 7],
    [3, 4],
    [6, 1],
  ] as const) {
    const less = changed(body, ({ accesses }) => accesses.splice(at, 1));
    t.match(check(less), { names: [{ missing: [[number, number]] }] });
    const file = path.join(folder, `without-${at}.json`);
    await writeFile(file, JSON.stringify(less));
    if (at !== 3) continue;
    const stderr = /Not complete: of the numbers 1 to 8 of lienthong\.example\/gateway-1, 4 are missing/;
    await t.rejects(lienthong('log', 'verify-accesses', file, '--key', vkey), { code: 1, stderr });
    t.match(await lienthong('log', 'verify-accesses', file, '--key', vkey, '--partial'), stderr);
  }
  const none = changed(body, (copy) => (copy.accesses = []));
  t.match(check(none), { names: [{ missing: [[1, 7]] }] });
});

t.test('pages fit together, whatever happens between them', async (t) => {
  const pages = await gateway.pagesOf(pins.hoa, 'limit=3');
  t.ok(pages.length >= 3);
  t.match(check(...pages), { names: [{ missing: [], last: pages.at(-1)?.look.number }] });
  const short = pages.filter((_page, at) => at !== 1);
  t.ok(check(...short).names[0]?.missing.length, 'a page is missing');
  // An exchange between two pages is on neither: a new first page has it.
  const before = await gateway.accessesOf(pins.hoa, '?limit=5');
  await gateway.call(askService, 'G07/social-protection', { pin: pins.hoa });
  const rest = await gateway.accessesOf(pins.hoa, `?limit=20&after=${encodeURIComponent(before.body.next)}`);
  t.equal(check(before.body, rest.body).names[0]?.missing.length, 1);
  const again = await gateway.accessesOf(pins.hoa, '?limit=3');
  t.same(check(before.body, rest.body, again.body).names[0]?.missing, []);
});

t.test('the question takes no place among the rows that were asked for', async (t) => {
  const { body } = await gateway.accessesOf(pins.hoa, '?limit=1');
  t.match(body.accesses, [{ number: body.look.number - 1 }]);
  const second = await gateway.accessesOf(pins.hoa, `?limit=1&after=${encodeURIComponent(body.next)}`);
  t.match(second.body.accesses, [{ number: body.look.number - 2 }]);
});

t.test('a period, and limits', async (t) => {
  const [, second] = first.body.accesses;
  const { body } = await gateway.accessesOf(pins.hoa, `?from=${second?.time}&to=${first.body.accesses[0]?.time}`);
  t.same(
    body.accesses.map(({ number }) => number),
    [6],
  );
  t.ok(check(body).names[0]?.missing.length, 'a part is never taken for the whole');
  const refusals = [
    '?limit=21',
    '?limit=0',
    '?from=yesterday',
    '?pin=099190000001',
    '?limit=1&limit=2',
    '?after=x%20y',
    '?after=abc',
  ];
  for (const query of refusals) {
    const refused = await gateway.accessesOf(pins.hoa, query);
    t.match(refused, { status: 400, body: { code: 'parameter-invalid' } }, query);
    t.notMatch(JSON.stringify(refused.body), '099190000001');
  }
});

t.test('only one’s own, and only with a citizen’s token', async (t) => {
  const entriesBefore = (await gateway.entries()).length;
  t.equal((await gateway.get('/v1/me/accesses')).status, 401);
  t.equal((await gateway.get('/v1/me/accesses', await gateway.token('VN/GOV/G07'))).body.code, 'role-not-allowed');
  t.equal((await gateway.entries()).length, entriesBefore, 'nobody makes the log grow without the right token');
  const auditor = await gateway.get('/v1/me/accesses', await gateway.auditor());
  t.match(auditor, { status: 403, body: { code: 'role-not-allowed' } });
  const refused = (await gateway.entries()).at(-1);
  t.match(refused, { look: 'accesses', role: 'auditor', problem: 'role-not-allowed', status: 403 });
  t.equal(refused?.subject, undefined, 'an auditor’s name is nobody’s number');
  const stranger = await gateway.get('/v1/me/accesses', await gateway.citizen(pins.duc), { 'x-road-userid': pins.hoa });
  t.notOk(stranger.body.accesses.some(({ entry }) => entry.subject === first.body.subjects[0]));
});

t.test('a citizen’s token that names no personal number is nobody’s', async (t) => {
  const before = (await gateway.entries()).length;
  for (const sub of [`VN${pins.hoa}`, 'xx', '99190000001', `${pins.hoa} `, `${pins.hoa}0`, '٠٩٩١٩٠٠٠٠٠٠١']) {
    for (const path of ['/v1/me/accesses', '/v2/findUsage', '/v2/usagePeriod']) {
      const { status, body } = await gateway.get(path, await gateway.citizen(sub));
      t.match({ status, body }, { status: 401, body: { code: 'token-invalid', detail: /12 digits/ } }, path);
      t.notOk(JSON.stringify(body).includes(sub), 'nothing is repeated');
    }
  }
  t.equal((await gateway.entries()).length, before);
});

t.test('rows of other gateways’ logs say where they stand', async (t) => {
  const [subject] = first.body.subjects;
  const entry = { ...first.body.accesses[6]?.entry, time: new Date().toISOString(), subjectNumber: 17 };
  const other = startIndex(t, gateway.postgres.url, arrayLog('lienthong.example/gateway-2'));
  await other.add(
    JSON.parse(canonicalJson({ ...entry, id: '0199c0de-0000-7000-8000-000000000001', subject } as LogEntry)),
  );
  const { body } = await gateway.accessesOf(pins.hoa);
  const [row] = body.accesses.filter(({ log }) => log !== body.log);
  t.match(row, { log: 'lienthong.example/gateway-2', index: 0, number: 17, provenBy: 'lienthong.example/gateway-2' });
  t.match(row, { consumer: entry.consumer, names: { consumer: { vi: /Lao động/ } } });
  t.equal(row?.entry, undefined);
  const pages = await gateway.pagesOf(pins.hoa, 'limit=20');
  t.match(check(...pages), { elsewhere: new Map([['lienthong.example/gateway-2', 1]]) });
  t.same(check(...pages).withoutLook, ['lienthong.example/gateway-2'], 'what its own gateway answers is wanted, too');
});

t.test('under a new pseudonym key a person sees both names’ entries, each numbered from 1', async (t) => {
  const before = (await gateway.accessesOf(pins.hoa)).body;
  await gateway.gateway.close();
  await rotateKey(gateway.dataFolder, 'pseudonym', before.log);
  const again = await startCitizenGateway(t, { dataFolder: gateway.dataFolder });
  const pages = await again.pagesOf(pins.hoa, 'limit=20');
  const [page] = pages;
  t.same(page?.subjects.slice(1), before.subjects);
  t.equal(page?.look.number, 8, 'counted anew');
  t.match(check(...pages), {
    names: [
      { missing: [], last: before.look.number, lookedAt: undefined },
      { missing: [], last: 7 + pages.length, lookedAt: String },
    ],
  });
  t.equal(check(...pages, before).names[0]?.lookedAt, before.look.time, 'an answer kept from before shows the end');
  // Auditors who look at an exchange from before, and by the earlier name, are recorded under that one.
  const auditor = await again.auditor();
  const old = before.accesses.at(-1)?.entry;
  t.equal((await again.get(`/v1/audit/exchanges/${old?.id}`, auditor)).status, 200);
  t.equal((await again.get(`/v1/audit/subjects?subject=${old?.subject}`, auditor)).status, 200);
  await again.call(askService, 'G07/social-protection', { pin: pins.hoa });
  const later = await again.pagesOf(pins.hoa, 'limit=20');
  t.match(check(...later), {
    names: [
      { missing: [], last: before.look.number + 2, lookedAt: undefined },
      { missing: [], last: 7 + pages.length + 1 + later.length, lookedAt: String },
    ],
  });
});

function swapProofs(copy: Copy<Answer>): void {
  const [one, other] = [rowAt(copy, 0), rowAt(copy, 1)];
  [one.inclusion, other.inclusion] = [other.inclusion, one.inclusion];
}

/** A row of another person, proven as well as it can be under this answer's checkpoint. */
function rowIn(others: Answer, answer: Answer): CopiedRow {
  const row = structuredClone(others.accesses.at(-1)) as CopiedRow;
  const inclusion = answer.accesses.find(({ index }) => index === row.index)?.inclusion ?? row.inclusion;
  return { ...row, inclusion: [...inclusion] };
}

function unsign(answer: Copy<Answer>): void {
  answer.checkpoint = answer.checkpoint.replace(/.{8}=\n$/, 'AAAAAAAA=\n');
}
