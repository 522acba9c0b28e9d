/** What is wrong with agreements is found before anything is served, all of it at once and each by its place. */

import t from 'tap';
import { type AgreementFault, checkAgreements, fieldsUnder } from '../../src/agreements/agreement.ts';
import { agreementFixture } from '../support/agreement-fixture.ts';
import { shippedCatalogue, shippedService } from '../support/service-fixture.ts';

const around = {
  isRegistered: (id: string) => ['VN/GOV/G22/portal', 'VN/GOV/G12/tax'].includes(id),
  versionsOf: shippedCatalogue.versionsOf,
};

const check = (...changes: Parameters<typeof agreementFixture>[0][]) =>
  checkAgreements(changes.map(agreementFixture), around);
const places = (faults: readonly AgreementFault[]) =>
  faults.map(({ agreement, pointer }) => `${agreement.id} ${pointer}`);

t.test('an agreement in order has no faults', async (t) => {
  t.same(check({}), []);
  t.same(check({ fields: 'basic' }), []);
  t.same(check({ fields: ['residence', 'fullName'] }), []);
});

const faulty: Readonly<Record<string, [Parameters<typeof agreementFixture>[0], string]>> = {
  'a consumer that is not registered': [{ consumer: 'VN/GOV/G99/x' }, '/consumer'],
  'a consumer by its former code': [{ consumer: 'VN/GOV/000.00.00.G22/portal' }, '/consumer'],
  'a member without its subsystem': [{ consumer: 'VN/GOV/G22' }, '/consumer'],
  'a service that no registry offers': [{ service: 'VN/GOV/G01/population/nothing' }, '/service'],
  'a service with its version': [{ service: 'VN/GOV/G01/population/get-person/v1' }, '/service'],
  'a field that the service does not have': [{ fields: ['fullName', 'salary'] }, '/fields/1'],
  'a part of a field': [{ fields: ['residence.permanent.line'] }, '/fields/0'],
  'half a name of a container': [{ fields: ['resi'] }, '/fields/0'],
  'a name that every object has': [{ fields: ['constructor'] }, '/fields/0'],
  'an end before its beginning': [{ validFrom: '2026-03-02', validUntil: '2026-03-01' }, '/validUntil'],
};

for (const [what, [changes, pointer]] of Object.entries(faulty)) {
  t.test(`${what} is a fault`, async (t) => {
    t.same(places(check(changes)), [`AGR-1 ${pointer}`]);
  });
}

t.test('an agreement on a push grants no fields, one on a query some', async (t) => {
  const push = { service: 'VN/GOV/G15/civil-status/register-birth' };
  t.same(check({ ...push, fields: [] }), []);
  t.same(places(check({ ...push, fields: ['pin'] })), ['AGR-1 /fields']);
  t.same(places(check({ ...push, fields: 'basic' })), ['AGR-1 /fields']);
  t.same(places(check({ fields: [] })), ['AGR-1 /fields']);
});

t.test('one day is a period', async (t) => {
  t.same(check({ validFrom: '2026-03-02', validUntil: '2026-03-02' }), []);
});

t.test('an unknown field is told together with those that there are', async (t) => {
  const [fault] = check({ fields: ['salary'] });
  t.match(fault?.message, /has no field salary; it has pin, status, .*residence\.permanent/);
});

t.test('all faults come at once', async (t) => {
  const faults = check(
    { id: 'A', consumer: 'VN/GOV/G99/x', fields: ['salary', 'age'] },
    { id: 'A', consumer: 'VN/GOV/G12/tax', service: 'VN/GOV/x/y/z', validUntil: '2020-01-01' },
  );
  t.same(places(faults), ['A /consumer', 'A /fields/0', 'A /fields/1', 'A /validUntil', 'A /service', 'A /id']);
});

t.test('two agreements that could both answer one exchange are refused', async (t) => {
  const first = { id: 'A', validFrom: '2026-01-01', validUntil: '2026-06-30' };
  t.same(places(check(first, { id: 'B', validFrom: '2026-06-30', validUntil: '2026-12-31' })), ['B /purposes']);
  t.same(places(check(first, { id: 'B', validFrom: '2020-01-01', validUntil: '2030-01-01' })), ['B /purposes']);
  t.same(places(check(first, { id: 'B', purposes: ['other', 'dossier-prefill'] })), ['B /purposes']);
  const [fault] = check(first, { id: 'B' });
  t.equal(fault?.message, 'dossier-prefill is granted by A on the same days');
});

t.test(
  'agreements that follow each other, or differ in consumer, service or purpose, stand side by side',
  async (t) => {
    const first = { id: 'A', validFrom: '2026-01-01', validUntil: '2026-06-30' };
    t.same(check(first, { id: 'B', validFrom: '2026-07-01' }), []);
    t.same(check(first, { id: 'B', consumer: 'VN/GOV/G12/tax' }), []);
    t.same(check(first, { id: 'B', service: 'VN/GOV/G01/population/get-household', fields: ['code'] }), []);
    t.same(check(first, { id: 'B', purposes: ['other'] }), []);
  },
);

t.test('a path stands for itself or for all fields below it', async (t) => {
  const service = shippedService('get-person');
  t.same(fieldsUnder(service.fields, 'fullName'), ['fullName']);
  t.same(fieldsUnder(service.fields, 'residence'), ['residence.permanent', 'residence.temporary', 'residence.current']);
  for (const none of ['', '.', 'residence.', 'Residence', '__proto__'])
    t.same(fieldsUnder(service.fields, none), [], none);
});
