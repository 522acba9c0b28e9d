/** Agreements about events: who is told, on which days, and that nothing can be told that is not granted. */

import t from 'tap';
import { type Agreement, checkAgreements, type EventAgreement } from '../../src/agreements/agreement.ts';
import { createSubscriptions } from '../../src/agreements/subscriptions.ts';
import { agreementFixture } from '../support/agreement-fixture.ts';
import { shippedCatalogue } from '../support/service-fixture.ts';

const consumer = 'VN/GOV/G07/social-protection';
const service = 'VN/GOV/G15/civil-status/register-death';
const about = (changes: Partial<EventAgreement> = {}): EventAgreement => ({
  id: 'E-1',
  consumer,
  service,
  event: 'death-registered',
  purposes: ['benefit-review'],
  legalBasis: 'Decree 20/2021/ND-CP',
  fields: ['message.deceased.pin', 'result.registration'],
  validFrom: '2026-01-01',
  validUntil: '2026-12-31',
  ...changes,
});
const within = Date.parse('2026-06-01T00:00:00Z');
const subscriptionsOf = (agreements: readonly Agreement[], level = 3) =>
  createSubscriptions(agreements, {
    versionsOf: shippedCatalogue.versionsOf,
    safetyLevelOf: () => level,
    settings: { safetyLevelMin: { basic: 2, sensitive: 3 } },
  });
const data = {
  message: {
    deceased: { pin: '099088000002', fullName: 'Trần Văn Đức' },
    dateOfDeath: { value: '2026-05-01', precision: 'day' },
    causeOfDeath: 'bệnh',
  },
  result: { registration: { number: '12/2026' }, note: 'x' },
};

t.test('granted fields are copied, whole, and nothing else', async (t) => {
  const [subscription] = subscriptionsOf([about()]).of(consumer, within);
  t.same(subscription?.disclose('v1', data), {
    data: { message: { deceased: { pin: '099088000002' } }, result: { registration: { number: '12/2026' } } },
    fields: ['message.deceased.pin', 'result.registration'],
  });
  t.same(subscription?.disclose('v1', { message: {} }), { data: { message: {} }, fields: [] });
  t.equal(subscription?.disclose('v2', data), undefined, 'a version that announces nothing');
  const [basic] = subscriptionsOf([about({ fields: 'basic' })]).of(consumer, within);
  t.notOk(JSON.stringify(basic?.disclose('v1', data)).includes('bệnh'), 'basic holds nothing sensitive');
});

t.test('told on the agreement’s days in Viet Nam, to systems that are safe enough', async (t) => {
  const subscriptions = subscriptionsOf([about()]);
  const codeAt = (time: string, who = consumer) => {
    try {
      return subscriptions.of(who, Date.parse(time)).length;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  t.equal(codeAt('2025-12-31T16:59:59.999Z'), 'agreement-not-in-force');
  t.equal(codeAt('2025-12-31T17:00:00Z'), 1);
  t.equal(codeAt('2026-12-31T16:59:59.999Z'), 1);
  t.equal(codeAt('2026-12-31T17:00:00Z'), 'agreement-not-in-force');
  t.equal(codeAt('2026-06-01T00:00:00Z', 'VN/GOV/G12/tax'), 'agreement-missing');
  t.throws(() => subscriptionsOf([about()], 1).of(consumer, within), { code: 'safety-level-too-low' });
  const cause = about({ fields: ['message.causeOfDeath'] });
  t.throws(() => subscriptionsOf([cause], 2).of(consumer, within), { code: 'safety-level-too-low' });
  const birth = about({
    id: 'E-2',
    service: service.replace('death', 'birth'),
    event: 'birth-registered',
    fields: ['result.pin'],
  });
  t.same(
    subscriptionsOf([cause, birth], 2)
      .of(consumer, within)
      .map(({ event }) => event),
    ['birth-registered'],
  );
  t.same([...subscriptions.services], [service]);
});

t.test('what is wrong with an agreement about an event is named, with what would be right', async (t) => {
  const faultsOf = (...agreements: Agreement[]) =>
    checkAgreements(agreements, { isRegistered: () => true, versionsOf: shippedCatalogue.versionsOf }).map(
      ({ pointer, message }) => `${pointer} ${message}`,
    );
  t.same(faultsOf(about(), agreementFixture()), []);
  t.match(faultsOf(about({ event: 'birth-registered' })), [
    /^\/event .* announces no birth-registered; .*death-registered/,
  ]);
  t.match(faultsOf(about({ service: 'VN/GOV/G01/population/get-person' })), [/^\/event .*: it is a query/]);
  t.match(faultsOf(about({ fields: ['message.deceased.shoe'] })), [/^\/fields\/0 .*it has message\.deceased\.pin, /]);
  t.match(faultsOf(about({ fields: [] })), [/^\/fields at least one/]);
  t.match(faultsOf(about({ purposes: ['a', 'b'] })), [/^\/purposes .*name one/]);
  t.match(faultsOf(about(), about({ id: 'E-2', purposes: ['other'] })), [
    /^\/event death-registered is granted by E-1/,
  ]);
  t.same(faultsOf(about(), about({ id: 'E-2', validFrom: '2027-01-01', validUntil: '2027-12-31' })), []);
});

t.test('what each shipped push can announce stands in its schemas', async (t) => {
  const pushes = shippedCatalogue.all().filter((one) => one.kind === 'push');
  t.equal(pushes.length, 7);
  for (const { id, announced } of pushes) {
    t.ok(
      [...announced.keys()].some((path) => path.startsWith('message.')),
      id,
    );
    t.ok(
      [...announced.keys()].some((path) => path.startsWith('result.')),
      id,
    );
  }
  const birth = pushes.find(({ event }) => event === 'birth-registered');
  t.same(birth?.personsIn({ mother: { pin: '1' }, father: { pin: '2' } }, { pin: '3' }), ['1', '2', '3']);
});
