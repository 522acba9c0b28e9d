/** Nobody gets more than the agreement grants: consumer, service, purpose, fields, days and safety level. */

import t from 'tap';
import type { Agreement } from '../../src/agreements/agreement.ts';
import { createAgreements } from '../../src/agreements/agreements.ts';
import type { Service } from '../../src/exchange/services.ts';
import type { Client, Message } from '../../src/exchange/types.ts';
import { agreementFixture } from '../support/agreement-fixture.ts';
import { createRandom } from '../support/random-fixture.ts';
import { shippedCatalogue, shippedPush, shippedService } from '../support/service-fixture.ts';

const person = shippedService('get-person');
const at = (rfc3339: string) => Date.parse(rfc3339);
const now = at('2026-03-02T09:00:00+07:00');

const clientOf = (changes: Partial<Client> = {}): Client => ({
  id: 'VN/GOV/G22/portal',
  safetyLevel: 4,
  authenticatedBy: 'token',
  confinedTo: undefined,
  ...changes,
});

const messageOf = (changes: Partial<Message> = {}): Message => ({
  value: { pin: '1' },
  subject: '1',
  requestedFields: undefined,
  question: { pin: '1' },
  purpose: undefined,
  exchangeId: 'x',
  signal: () => new AbortController().signal,
  ...changes,
});

const create = (agreements: readonly Agreement[], versionsOf = shippedCatalogue.versionsOf) =>
  createAgreements(agreements, versionsOf, { fieldFiltersMax: 10, safetyLevelMin: { basic: 2, sensitive: 3 } });

t.test('a grant is what the agreement says', async (t) => {
  const grant = create([agreementFixture()]).evaluate(clientOf(), person, messageOf(), now);
  t.match(grant, {
    consumer: 'VN/GOV/G22/portal',
    agreementId: 'AGR-1',
    legalBasis: 'Decree 278/2025/ND-CP',
    purpose: 'dossier-prefill',
    quota: { requestsPerSecond: 100, burst: 100 },
  });
  t.same(grant.fields, ['fullName', 'sex']);
});

t.test('without an agreement there is no grant', async (t) => {
  const agreements = create([agreementFixture()]);
  const refused = { code: 'agreement-missing' };
  t.throws(() => agreements.evaluate(clientOf({ id: 'VN/GOV/G12/tax' }), person, messageOf(), now), refused);
  t.throws(() => agreements.evaluate(clientOf({ id: 'VN/GOV/G22' }), person, messageOf(), now), refused);
  t.throws(() => agreements.evaluate(clientOf(), shippedService('get-household'), messageOf(), now), refused);
  t.throws(() => agreements.evaluate(clientOf({ id: 'constructor' }), person, messageOf(), now), refused);
});

t.test('an agreement holds from the first to the last moment of its days in Viet Nam', async (t) => {
  const agreements = create([agreementFixture({ validFrom: '2026-03-02', validUntil: '2026-03-03' })]);
  const evaluate = (time: string) => agreements.evaluate(clientOf(), person, messageOf(), at(time)).agreementId;
  const outside = { code: 'agreement-not-in-force', detail: 'Not in force today: AGR-1: 2026-03-02 to 2026-03-03.' };
  t.throws(() => evaluate('2026-03-01T23:59:59.999+07:00'), outside);
  t.equal(evaluate('2026-03-02T00:00:00.000+07:00'), 'AGR-1');
  t.equal(evaluate('2026-03-01T17:00:00.000Z'), 'AGR-1', 'when it is still the day before in Greenwich');
  t.equal(evaluate('2026-03-03T23:59:59.999+07:00'), 'AGR-1');
  t.throws(() => evaluate('2026-03-04T00:00:00.000+07:00'), outside);
  t.throws(() => evaluate('2026-03-03T17:00:00.000Z'), outside);
});

t.test('of agreements that follow each other the one of the day counts', async (t) => {
  const agreements = create([
    agreementFixture({ id: 'A', validUntil: '2026-03-01' }),
    agreementFixture({ id: 'B', validFrom: '2026-03-02', fields: ['pin'] }),
  ]);
  const evaluate = (time: string) => agreements.evaluate(clientOf(), person, messageOf(), at(time));
  t.equal(evaluate('2026-03-01T23:59:59+07:00').agreementId, 'A');
  t.match(evaluate('2026-03-02T00:00:00+07:00'), { agreementId: 'B', fields: ['pin'] });
});

t.test('one purpose need not be named, several must be', async (t) => {
  const one = create([agreementFixture()]);
  t.equal(one.evaluate(clientOf(), person, messageOf({ purpose: 'dossier-prefill' }), now).purpose, 'dossier-prefill');
  const several = create([agreementFixture({ purposes: ['a', 'b'] })]);
  t.throws(() => several.evaluate(clientOf(), person, messageOf(), now), {
    code: 'purpose-required',
    detail: /a, b\.$/,
  });
  t.equal(several.evaluate(clientOf(), person, messageOf({ purpose: 'b' }), now).purpose, 'b');
});

t.test('a purpose that is not granted is refused, also where only one is', async (t) => {
  for (const purposes of [['a'], ['a', 'b']]) {
    const agreements = create([agreementFixture({ purposes })]);
    for (const purpose of ['c', 'A', '', 'constructor']) {
      t.throws(() => agreements.evaluate(clientOf(), person, messageOf({ purpose }), now), {
        code: 'purpose-not-granted',
      });
    }
  }
});

t.test('the purpose chooses between agreements, each with its own fields', async (t) => {
  const agreements = create([
    agreementFixture({ id: 'A', purposes: ['a'], fields: ['pin'] }),
    agreementFixture({ id: 'B', purposes: ['b'], fields: ['sex'] }),
  ]);
  t.throws(() => agreements.evaluate(clientOf(), person, messageOf(), now), { code: 'purpose-required' });
  const grant = agreements.evaluate(clientOf(), person, messageOf({ purpose: 'b' }), now);
  t.match(grant, { agreementId: 'B', fields: ['sex'] });
});

t.test('a purpose of an agreement that has ended is not granted', async (t) => {
  const agreements = create([
    agreementFixture({ id: 'A', purposes: ['a'], validUntil: '2026-02-01' }),
    agreementFixture({ id: 'B', purposes: ['b'] }),
  ]);
  t.throws(() => agreements.evaluate(clientOf(), person, messageOf({ purpose: 'a' }), now), {
    code: 'purpose-not-granted',
    detail: 'The agreement grants these purposes: b.',
  });
});

t.test('"basic" grants every field of that class and no sensitive one', async (t) => {
  const { fields } = create([agreementFixture({ fields: 'basic' })]).evaluate(clientOf(), person, messageOf(), now);
  t.equal(fields.length, person.fields.size - 3);
  t.ok(fields.includes('residence.current'));
  for (const sensitive of ['ethnicity', 'religion', 'bloodGroup']) t.notOk(fields.includes(sensitive), sensitive);
});

t.test('who asks for fields gets those, if all of them are granted', async (t) => {
  const agreements = create([agreementFixture({ fields: ['residence', 'fullName', 'sex'] })]);
  const fieldsFor = (...requestedFields: string[]) =>
    agreements.evaluate(clientOf(), person, messageOf({ requestedFields }), now).fields;
  t.same(fieldsFor('sex'), ['sex']);
  t.same(fieldsFor('sex', 'fullName', 'sex'), ['fullName', 'sex']);
  t.same(fieldsFor('residence'), ['residence.current', 'residence.permanent', 'residence.temporary']);
  t.throws(() => fieldsFor('sex', 'pin', 'phone'), { code: 'field-not-granted', detail: /not grant: phone, pin\.$/ });
});

t.test('a container of which only a part is granted cannot be asked for as a whole', async (t) => {
  const agreements = create([agreementFixture({ fields: ['residence.current'] })]);
  const ask = messageOf({ requestedFields: ['residence'] });
  t.throws(() => agreements.evaluate(clientOf(), person, ask, now), {
    code: 'field-not-granted',
    detail: 'The agreement does not grant: residence.permanent, residence.temporary.',
  });
});

t.test('personal data goes only to systems of the safety level that its class demands', async (t) => {
  const basic = create([agreementFixture()]);
  const sensitive = create([agreementFixture({ fields: ['fullName', 'religion'] })]);
  const level = (safetyLevel: number) => clientOf({ safetyLevel });
  const tooLow = { code: 'safety-level-too-low' };
  t.throws(() => basic.evaluate(level(1), person, messageOf(), now), tooLow);
  t.ok(basic.evaluate(level(2), person, messageOf(), now));
  t.throws(() => sensitive.evaluate(level(2), person, messageOf(), now), tooLow);
  t.ok(sensitive.evaluate(level(3), person, messageOf(), now));
  const { fields } = sensitive.evaluate(level(2), person, messageOf({ requestedFields: ['fullName'] }), now);
  t.same(fields, ['fullName'], 'what is not sensitive a lower system may still ask for');
});

t.test('an agreement covers every version of its service, with the fields that each version has', async (t) => {
  const fields = new Map([...person.fields].filter(([path]) => path !== 'sex'));
  const v2: Service = { ...person, version: 'v2', key: `${person.id}/v2`, fields };
  const agreements = create([agreementFixture()], (id) => (id === person.id ? [person, v2] : []));
  t.same(agreements.evaluate(clientOf(), person, messageOf(), now).fields, ['fullName', 'sex']);
  t.same(agreements.evaluate(clientOf(), v2, messageOf(), now).fields, ['fullName']);
});

t.test('who may call what is told without a message', async (t) => {
  const agreements = create([
    agreementFixture({ purposes: ['a', 'b'] }),
    agreementFixture({ id: 'B', consumer: 'VN/GOV/G12/tax', validUntil: '2026-01-31' }),
  ]);
  t.equal(agreements.mayCall(clientOf(), person, now), true);
  t.equal(agreements.mayCall(clientOf(), shippedService('get-household'), now), false);
  t.equal(agreements.mayCall(clientOf({ id: 'VN/GOV/G12/tax' }), person, now), false, 'its agreement has ended');
  t.equal(agreements.mayCall(clientOf({ confinedTo: new Set(['other']) }), person, now), false);
  t.equal(agreements.mayCall(clientOf({ confinedTo: new Set([person.id]) }), person, now), true);
});

t.test('what an agreement grants is compiled once, and again only when it was pushed out', async (t) => {
  const paths = [...person.fields.keys()];
  const agreements = create(
    paths
      .slice(0, 11)
      .map((path, index) => agreementFixture({ id: `${index}`, purposes: [`p${index}`], fields: [path] })),
  );
  const disclose = (purpose: string) => agreements.evaluate(clientOf(), person, messageOf({ purpose }), now).disclose;
  const first = disclose('p0');
  t.equal(disclose('p0'), first);
  for (let index = 1; index < 11; index += 1) disclose(`p${index}`);
  t.not(disclose('p0'), first);
});

t.test('a choice of fields is made without compiling anything, and prints those alone', async (t) => {
  const agreements = create([agreementFixture({ fields: 'basic' })]);
  const message = messageOf({ requestedFields: ['sex', 'residence.current'] });
  const { disclose } = agreements.evaluate(clientOf(), person, message, now);
  const residence = { permanent: { line: 'a' }, current: { line: 'b' } };
  t.same(disclose({ found: true, person: { pin: '1', sex: 'female', religion: 'x', residence } }), {
    content: '{"found":true,"person":{"sex":"female","residence":{"current":{"line":"b"}}}}',
    fields: ['residence.current', 'sex'],
  });
  t.same(disclose({ found: false }), { content: '{"found":false}', fields: [] });
});

t.test('whatever is asked for, a grant holds only fields of its agreement', async (t) => {
  const paths = [...person.fields.keys(), 'residence'];
  for (let seed = 0; seed < 500; seed += 1) {
    const random = createRandom(seed);
    const granted = paths.filter(() => random.chance(0.5));
    const requestedFields = paths.filter(() => random.chance(0.1));
    const agreements = create([agreementFixture({ fields: granted })]);
    const inside = new Set(granted.flatMap((path) => (path === 'residence' ? residence : [path])));
    const wanted = new Set(requestedFields.flatMap((path) => (path === 'residence' ? residence : [path])));
    const expected = [...wanted].every((path) => inside.has(path)) ? [...wanted].sort() : 'field-not-granted';
    let given: unknown;
    try {
      given = agreements.evaluate(clientOf(), person, messageOf({ requestedFields }), now).fields;
    } catch (error) {
      given = (error as { code: string }).code;
    }
    if (!t.same(given, expected, `seed ${seed}`)) return;
  }
});

const residence = ['residence.permanent', 'residence.temporary', 'residence.current'];

t.test('a push is admitted by its agreement, and granted no fields', async (t) => {
  const push = shippedPush('register-birth');
  const agreements = create([agreementFixture({ service: push.id, purposes: ['birth-registration'], fields: [] })]);
  t.match(agreements.admit(clientOf(), push, messageOf(), now), {
    agreementId: 'AGR-1',
    purpose: 'birth-registration',
    fields: [],
    quota: { burst: 100 },
  });
  t.equal(agreements.mayCall(clientOf(), push, now), true);
  const refusedWith = (client: Partial<Client>, message: Partial<Message>) => () =>
    agreements.admit(clientOf(client), push, messageOf(message), now);
  t.throws(refusedWith({ id: 'VN/GOV/G12/tax' }, {}), { code: 'agreement-missing' });
  t.throws(refusedWith({ safetyLevel: 1 }, {}), { code: 'safety-level-too-low' });
  t.throws(refusedWith({}, { purpose: 'curiosity' }), { code: 'purpose-not-granted' });
});
