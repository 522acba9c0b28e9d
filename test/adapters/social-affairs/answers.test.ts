/** The very same SQL answers the same on MariaDB and on PostgreSQL: the persons of the cast, day by day. */

import { fileURLToPath } from 'node:url';
import t from 'tap';
import { castPins, type SampleAddress, samplePopulation } from '../../../adapters/sample-people/index.ts';
import adapter from '../../../adapters/social-affairs/adapter.ts';
import { seed } from '../../../adapters/social-affairs/seed.ts';
import { socialAffairsServices } from '../../../adapters/social-affairs/services.ts';
import { type ServiceHandler, sqlSource } from '../../../src/adapter-kit/index.ts';
import { readSchemaFolders } from '../../../src/catalogue/schema-store.ts';
import { createValidation } from '../../../src/validation/index.ts';
import { startMariaDb, startPostgres } from '../../support/servers.ts';

const folder = new URL('../../../adapters/social-affairs/', import.meta.url);
const noonMs = Date.parse('2026-10-01T12:00:00+07:00');
const seedMsMax = 20_000;

const population = samplePopulation();
/** Every 40th person, and everybody of the cast. */
const askedAbout = population.people.filter(({ index }) => index < 10 || index % 40 === 0).map(({ pin }) => pin);
const categoryOf: Readonly<Record<string, object>> = { 'check-benefit-eligibility': { category: 'elderly' } };

const validation = createValidation({ samplePins: true, errorsMax: 10 });
for (const [key, schema] of await readSchemaFolders([fileURLToPath(new URL('../../../schemas', import.meta.url))])) {
  validation.add(key, schema);
}

type Ask = (service: string, message: Record<string, unknown>) => ReturnType<ServiceHandler>;

for (const [engine, startServer] of Object.entries({ PostgreSQL: startPostgres, MariaDB: startMariaDb })) {
  t.test(engine, async (t) => {
    const server = await startServer(t);
    const settings = { url: server.url, poolMax: 2, connectTimeoutMs: 5000, queueMax: 1000 };

    await t.test('seeding takes seconds, and finds its data the second time', async (t) => {
      const startedMs = performance.now();
      t.equal(await seed(settings), true);
      t.ok(performance.now() - startedMs < seedMsMax, `${performance.now() - startedMs} ms`);
      t.equal(await seed(settings), false);
    });

    const source = sqlSource(settings, folder);
    t.teardown(() => source.close());
    const askAt =
      (nowMs: number): Ask =>
      async (service, message) => {
        const handler = socialAffairsServices(source, () => nowMs)[`${service}.v1`];
        if (handler === undefined) throw new Error(`no handler for ${service}`);
        return handler(message as never, { signal: AbortSignal.timeout(5000), exchangeId: 'test' });
      };
    const ask = askAt(noonMs);

    await t.test('the dead man whose death nobody reported still draws his benefit', async (t) => {
      t.strictSame(await ask('check-benefit-eligibility', { pin: castPins.sau, category: 'disabled' }), {
        found: true,
        eligibility: {
          eligible: false,
          reasons: [
            {
              code: 'already-receiving',
              en: 'A benefit of this category is already being paid.',
              vi: 'Đang hưởng trợ cấp thuộc diện này.',
            },
          ],
          currentBenefits: [
            {
              category: 'disabled',
              coefficient: 1.5,
              monthlyVnd: 750_000,
              decisionNumber: '00099/QĐ-UBND',
              decisionDate: '2019-05-20',
              from: '2019-06-01',
              communeCode: addressOf(castPins.sau).commune.code,
            },
          ],
        },
      });
    });

    await t.test('a child of ten is no single parent, and is told so in both languages', async (t) => {
      t.match(await ask('check-benefit-eligibility', { pin: castPins.mai, category: 'single-parent' }), {
        eligibility: {
          eligible: false,
          reasons: [{ code: 'not-poor-household' }, { code: 'not-raising-child-alone' }],
        },
      });
    });

    await t.test('a household is answered from the review that is asked for, or from the latest', async (t) => {
      const poverty = (message: object) => ask('get-household-poverty', { pin: castPins.sau, ...message });
      t.match(await poverty({}), {
        found: true,
        poverty: { householdCode: '990000002', year: 2026, class: 'near-poor' },
      });
      t.match(await poverty({ year: 2024 }), { found: true, poverty: { year: 2024, class: 'poor' } });
      t.strictSame(await poverty({ year: 2022 }), { found: false });
      t.strictSame(await ask('get-household-poverty', { pin: castPins.hoa }), { found: false });
    });

    await t.test('insurance of a worker: contributions and a card', async (t) => {
      t.strictSame(await ask('get-insurance', { pin: castPins.hoa }), {
        found: true,
        insurance: {
          social: { number: '9900000001', status: 'contributing', since: '2013-03-01' },
          health: {
            cardNumber: `DN4${addressOf(castPins.hoa).province.code}9900000001`,
            group: 'DN',
            level: 4,
            validFrom: '2026-01-01',
            validTo: '2027-12-31',
            facility: `Trạm Y tế ${addressOf(castPins.hoa).commune.name}`,
            status: 'valid',
          },
        },
      });
    });

    await t.test('the twins have the cards of schoolchildren and no social insurance', async (t) => {
      for (const pin of [castPins.minh, castPins.mai]) {
        const { insurance } = (await ask('get-insurance', { pin })) as { insurance: object };
        t.strictSame(Object.keys(insurance), ['health']);
        t.match(insurance, { health: { group: 'HS', level: 4, status: 'valid' } });
      }
    });

    await t.test('a card ends with its last day in Viet Nam, not with that of Greenwich', async (t) => {
      const statusAt = async (instant: string) => {
        const answer = await askAt(Date.parse(instant))('get-insurance', { pin: castPins.hoa });
        return (answer as { insurance: { health: { status: string } } }).insurance.health.status;
      };
      t.equal(await statusAt('2027-12-31T23:59:59+07:00'), 'valid');
      t.equal(await statusAt('2027-12-31T17:00:00Z'), 'expired');
    });

    await t.test('a replaced PIN keeps records of its own, and the new one has others', async (t) => {
      t.strictSame(await ask('get-meritorious-status', { pin: castPins.binhReplaced }), {
        found: true,
        meritorious: { type: 'martyr-relative', fileNumber: 'LS-000099', since: '2004-07-27' },
      });
      t.strictSame(await ask('get-meritorious-status', { pin: castPins.binh }), { found: false });
      const social = { number: '9900000007', status: 'paused' };
      t.match(await ask('get-insurance', { pin: castPins.binhReplaced }), {
        insurance: { social, health: { status: 'expired' } },
      });
      t.match(await ask('get-insurance', { pin: castPins.binh }), {
        insurance: { social: { ...social, status: 'contributing' }, health: { status: 'valid' } },
      });
    });

    await t.test('whoever is asked about, the answer is one that the schema allows', async (t) => {
      for (const { code, subsystem, kind } of adapter.manifest.services) {
        if (kind === 'push') continue;
        const violations = validation.compile(`schemas/${subsystem}/${code}.v1.response.json`);
        const answers = await Promise.all(askedAbout.map((pin) => ask(code, { pin, ...(categoryOf[code] ?? {}) })));
        t.strictSame(answers.flatMap(violations), [], code);
        t.ok(
          answers.some((answer) => (answer as { found: boolean }).found),
          `${code} finds somebody`,
        );
      }
    });

    await t.test('a person whom the registry does not know is not found', async (t) => {
      const pin = '099199999999';
      t.strictSame(await ask('check-benefit-eligibility', { pin, category: 'elderly' }), { found: false });
      t.strictSame(await ask('get-meritorious-status', { pin }), { found: false });
      t.strictSame(await ask('get-household-poverty', { pin }), { found: false });
      t.strictSame(await ask('get-insurance', { pin }), { found: false });
    });
  });
}

function addressOf(pin: string): SampleAddress {
  const person = population.byPin.get(pin);
  if (person === undefined) throw new Error('not in the sample');
  return person.permanent.address;
}
