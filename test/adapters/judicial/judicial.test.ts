/** The judicial services tell of the sample people what the books say, in the messages that the schemas promise. */

import { readFileSync } from 'node:fs';
import t from 'tap';
import manifest from '../../../adapters/judicial/manifest.json' with { type: 'json' };
import { samplePopulation } from '../../../adapters/sample-people/index.ts';
import { messageSchemas, readSchemas } from '../../support/message-schemas.ts';
import { standUp, startSampleRegistry } from './sample-registry.ts';

const hoa = { pin: '099190000001', fullName: 'Nguyễn Thị Hòa' };
const duc = { pin: '099088000002', fullName: 'Trần Văn Đức' };
const [sau, minh, mai, binhReplaced, binh] = [
  '099065000003',
  '099216000004',
  '099316000005',
  '099175000006',
  '099075000007',
];
const { host, registry, ask } = await startSampleRegistry(t);
const { people, marriages } = samplePopulation();
const queries = manifest.services.filter(({ kind }) => kind === 'query');

t.test('the registry says that it is well', async () => {
  await registry.check(AbortSignal.timeout(5_000));
});

t.test('Hòa and Đức are married since the day of their registration, and were single until then', async (t) => {
  const registration = marriages.find(({ wife }) => wife.pin === hoa.pin)?.registration;
  const since = registration?.date ?? '';
  const dayBefore = new Date(Date.parse(since) - 86_400_000).toISOString().slice(0, 10);
  t.match(await ask('get-marital-status', { pin: hoa.pin }), {
    found: true,
    maritalStatus: { status: 'married', since, registration, spouse: duc },
  });
  t.match(await ask('get-marital-status', { pin: duc.pin, at: '2020-02-29' }), {
    found: true,
    maritalStatus: { status: 'married', at: '2020-02-29', spouse: hoa },
  });
  t.same(await ask('get-marital-status', { pin: hoa.pin, at: dayBefore }), {
    found: true,
    maritalStatus: { status: 'single', at: dayBefore },
  });
  t.same(await ask('get-civil-status-record', { pin: hoa.pin, record: 'marriage' }), {
    found: true,
    extract: { marriages: [{ husband: duc, wife: hoa, registration }] },
  });
});

t.test('a day before the birth is nobody, for a date known to the year as well', async (t) => {
  t.same(await ask('get-marital-status', { pin: hoa.pin, at: '1990-05-16' }), { found: false });
  t.match(await ask('get-marital-status', { pin: hoa.pin, at: '1990-05-17' }), { found: true });
  t.same(await ask('get-marital-status', { pin: sau, at: '1964-12-31' }), { found: false });
  t.match(await ask('get-marital-status', { pin: sau, at: '1965-01-01' }), { found: true });
});

t.test('the twins were born on one day, in their order, to Hòa and Đức', async (t) => {
  const twins = [
    { pin: minh, fullName: 'Trần Đức Minh', sex: 'male', order: 1 },
    { pin: mai, fullName: 'Trần Hòa Mai', sex: 'female', order: 2 },
  ];
  for (const { order, ...child } of twins) {
    const dateOfBirth = { value: '2016-08-01', precision: 'day' };
    t.match(await ask('get-civil-status-record', { pin: child.pin, record: 'birth' }), {
      found: true,
      extract: {
        birth: {
          child: { ...child, dateOfBirth },
          mother: hoa,
          father: duc,
          multiplicity: 'twin',
          order,
        },
      },
    });
  }
});

t.test('Sáu died on 3 November 2024; his status is that of that day, his widow has her own', async (t) => {
  t.match(await ask('get-civil-status-record', { pin: sau, record: 'death' }), {
    found: true,
    extract: { death: { deceased: { pin: sau }, date: { value: '2024-11-03', precision: 'day' } } },
  });
  const widow = marriages.find(({ husband }) => husband.pin === sau)?.wife;
  t.match(await ask('get-marital-status', { pin: sau, at: '2026-01-01' }), {
    found: true,
    maritalStatus: { status: 'married', at: '2024-11-03', spouse: { pin: widow?.pin } },
  });
  t.match(await ask('get-marital-status', { pin: widow?.pin, at: '2026-01-01' }), {
    found: true,
    maritalStatus: { status: 'widowed', at: '2026-01-01', since: '2024-11-03' },
  });
});

t.test("Sáu's cleared conviction is no criminal record; only form 2 lists it", async (t) => {
  t.match(await ask('get-criminal-record-status', { pin: sau, form: '1' }), {
    found: true,
    criminalRecord: {
      status: 'none',
      form: '1',
      certificate: { authority: 'Sở Tư pháp thành phố Hà Nội' },
      details: [],
    },
  });
  t.match(await ask('get-criminal-record-status', { pin: sau, form: '2' }), {
    found: true,
    criminalRecord: { status: 'none', form: '2', details: [{ date: '2011-06-20', clearedOn: '2013-06-20' }] },
  });
});

t.test('a corrected person has a birth under either PIN', async (t) => {
  for (const [pin, sex] of [
    [binhReplaced, 'female'],
    [binh, 'male'],
  ]) {
    t.match(await ask('get-civil-status-record', { pin, record: 'birth' }), {
      found: true,
      extract: { birth: { child: { pin, fullName: 'Phạm An Bình', sex } } },
    });
  }
});

t.test('who is not in the books, or has no such record, is not found', async (t) => {
  const stranger = '099199999999';
  t.same(await ask('get-marital-status', { pin: stranger }), { found: false });
  for (const record of ['birth', 'marriage', 'death']) {
    t.same(await ask('get-civil-status-record', { pin: stranger, record }), { found: false });
  }
  t.same(await ask('get-criminal-record-status', { pin: stranger, form: '1' }), { found: false });
  t.same(await ask('get-civil-status-record', { pin: hoa.pin, record: 'death' }), { found: false });
  t.same(await ask('get-civil-status-record', { pin: minh, record: 'marriage' }), { found: false });
  t.same(await ask('get-criminal-record-status', { pin: minh, form: '1' }), { found: false }, 'a child has no file');
});

/** The member of an answer besides `found`. */
function recordOf(answer: unknown): Record<string, unknown> {
  const { found: _, ...records } = answer as Record<string, Record<string, unknown>>;
  return Object.values(records)[0] ?? {};
}

t.test('the examples in the schemas are what the registry answers', async (t) => {
  const schemas = readSchemas();
  const examplesOf = (key: string) => (schemas.get(`schemas/${key}.json`)?.examples ?? []) as Record<string, unknown>[];
  for (const { code, subsystem } of queries) {
    const answers = examplesOf(`${subsystem}/${code}.v1.response`);
    for (const [index, request] of examplesOf(`${subsystem}/${code}.v1.request`).entries()) {
      const { at: _, ...example } = recordOf(answers[index]);
      t.not(Object.keys(example).length, 0);
      t.match(recordOf(await ask(code, request)), example, `${code} example ${index}`);
    }
  }
});

t.test('the README tells the truth about its sample people', async (t) => {
  const readme = readFileSync(new URL('../../../adapters/judicial/README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `(\d{12})` +\| `([a-z-]+)` +\| `([a-z]+)` +\|/gm)];
  t.equal(rows.length, 7);
  for (const [, pin, service, status] of rows) {
    const message = service === 'get-marital-status' ? { pin } : { pin, form: '2' };
    const record = service === 'get-marital-status' ? 'maritalStatus' : 'criminalRecord';
    t.match(await ask(service ?? '', message), { found: true, [record]: { status } }, `${pin} ${service}`);
  }
});

t.test('answers about many people keep to the schemas', async (t) => {
  const validation = messageSchemas();
  const checks = new Map(
    queries.map(({ code, subsystem }) => [code, validation.compile(`schemas/${subsystem}/${code}.v1.response.json`)]),
  );
  const everyFortieth = people.filter(({ index }) => index % 40 === 0);
  const questions = everyFortieth.flatMap(({ pin }) => [
    { code: 'get-marital-status', message: { pin } },
    ...['birth', 'marriage', 'death'].map((record) => ({ code: 'get-civil-status-record', message: { pin, record } })),
    ...['1', '2'].map((form) => ({ code: 'get-criminal-record-status', message: { pin, form } })),
  ]);
  const found: Record<string, number> = {};
  for (let start = 0; start < questions.length; start += 32) {
    const slice = questions.slice(start, start + 32);
    const answers = await Promise.all(slice.map(({ code, message }) => ask(code, message)));
    for (const [index, { code, message }] of slice.entries()) {
      const violations = checks.get(code)?.(answers[index]) ?? [];
      if (violations.length > 0) t.fail(`${code} ${JSON.stringify(message)}`, { violations });
      if ((answers[index] as { found: boolean }).found) found[code] = (found[code] ?? 0) + 1;
    }
  }
  t.equal(found['get-marital-status'], everyFortieth.length);
  for (const code of checks.keys()) t.ok((found[code] ?? 0) > 100, `${code}: ${found[code]} found`);
});

t.test('standing up again finds its data', async (t) => {
  const settings = await standUp(host);
  t.match(settings.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  t.match(await ask('get-marital-status', { pin: hoa.pin }), { found: true });
});
