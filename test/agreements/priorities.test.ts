/** What a request says of itself can lower its priority and never raise it. */

import t from 'tap';
import { createPriorities } from '../../src/agreements/priorities.ts';
import { agreementFixture } from '../support/agreement-fixture.ts';
import { shippedCatalogue } from '../support/service-fixture.ts';

const one = agreementFixture();
const [service] = shippedCatalogue.versionsOf(one.service);
const key = service?.key ?? '';
const claim = (purpose: string | undefined, called: string | undefined = key) => ({
  ...{ consumer: one.consumer, service: called, purpose, isBulk: false },
});
const of = (...agreements: Parameters<typeof createPriorities>[0]) =>
  createPriorities(agreements, shippedCatalogue.versionsOf);

t.test('an agreement is interactive unless it says batch', async (t) => {
  t.equal(of(one)(one.consumer, claim(undefined)), 'interactive');
  t.equal(of(agreementFixture({ priority: 'batch' }))(one.consumer, claim(undefined)), 'batch');
});

t.test('what no agreement allows is batch', async (t) => {
  t.equal(of(one)('VN/GOV/G99/nobody', claim(undefined)), 'batch');
  t.equal(of(one)(one.consumer, claim(undefined, `${key}9`)), 'batch');
  t.equal(of(one)(one.consumer, { ...claim(undefined), service: undefined }), 'batch');
  t.equal(of(one)(one.consumer, claim('no-such-purpose')), 'batch');
});

t.test('of several agreements the purpose chooses, and without one the lowest counts', async (t) => {
  const priorityOf = of(
    agreementFixture({ id: 'day', purposes: ['desk'] }),
    agreementFixture({ id: 'night', purposes: ['matching'], priority: 'batch' }),
  );
  t.equal(priorityOf(one.consumer, claim('desk')), 'interactive');
  t.equal(priorityOf(one.consumer, claim('matching')), 'batch');
  t.equal(priorityOf(one.consumer, claim(undefined)), 'batch');
});
