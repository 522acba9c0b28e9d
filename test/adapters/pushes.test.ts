/** What a push changes shows in the answers of all registries that it concerns. */

import t from 'tap';
import { castPins } from '../../adapters/sample-people/index.ts';
import { createSampleMessages, isFree, isMarried, named, personOf, unknownPin } from '../support/sample-messages.ts';
import { startSampleRegistries } from '../support/sample-registries.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const { ask, carry, find } = await startSampleRegistries(t);
const people = createSampleMessages();
const today = '2026-11-20';
const grantTo = (pin: string, number: string) => ({
  ...{ pin, action: 'grant', decision: { number, date: '2026-10-01' }, communeCode: '00070' },
  ...{ category: 'disabled', coefficient: 1.5, monthlyVnd: 750_000, from: '2026-10-01' },
});
const bornAfterMidnight = { value: '2026-11-03', precision: 'day' };
const refusedFor = (code: string) => ({ outcome: { outcome: 'refused', reason: { code } } });

t.test('a child that is born has a number, parents, a household and a birth record', async (t) => {
  const message = people.birth();
  const { mother } = message;
  const before = await ask('get-household', { pin: mother.pin });
  const { result, concerns, waits } = await carry('register-birth', message);
  const pin = String(result.pin);
  t.match(pin, /^099326\d{6}$/);
  t.same(waits, []);
  t.equal(result.householdCode, before.code);
  t.match(result.registration, { date: today, place: message.registrar });
  const { child } = message;
  t.match(await ask('get-person', { pin }), {
    pin,
    status: 'active',
    fullName: child.fullName,
    sex: 'female',
    dateOfBirth: { value: '2026-11-02', precision: 'day' },
    mother,
    householdCode: before.code,
  });
  const household = await ask('get-household', { pin: mother.pin });
  t.equal(household.members.length, before.members.length + 1);
  t.equal(household.members.at(-1)?.pin, pin);
  t.same(new Set(concerns), new Set([mother.pin, ...before.members.map(({ pin }) => pin)]));
  t.match(await ask('get-civil-status-record', { pin, record: 'birth' }), {
    birth: {
      child: { pin, fullName: child.fullName, dateOfBirth: { value: '2026-11-02' } },
      mother,
      registration: result.registration,
    },
  });
  t.match(await ask('get-marital-status', { pin }), { status: 'single' });
  t.ok((await ask('confirm-residence', { pin })).permanent, 'the child lives where the mother lives');
});

t.test('the second of twins is no duplicate, the same child is', async (t) => {
  const first = people.birth({ multiplicity: 'twin', order: 1 });
  const second = { ...first, order: 2 };
  t.match(await carry('register-birth', first), { outcome: { outcome: 'done' } });
  t.match(await carry('register-birth', second), { outcome: { outcome: 'done' } });
  t.match(await carry('register-birth', second), refusedFor('already-registered'));
  const year = { ...first.child, dateOfBirth: { value: '2026', precision: 'year' } };
  t.match(
    await carry('register-birth', { ...first, child: year }),
    refusedFor('already-registered'),
    'by the year alone',
  );
});

t.test('two officials who register the same child at once do it once', async (t) => {
  const message = people.birth();
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => carry('register-birth', message)));
  const done = outcomes.filter(({ outcome }) => outcome.outcome === 'done');
  t.equal(done.length, 1);
  t.equal(outcomes.filter(({ outcome }) => outcome.outcome === 'refused').length, 9);
});

t.test('a birth that is declared late waits for an official, and gets its number then', async (t) => {
  const child = {
    fullName: 'Trần Gia Bảo',
    dateOfBirth: { value: '2019', precision: 'year' },
    sex: 'male',
    placeOfBirth: 'Tại nhà',
  };
  const { outcome, result, waits } = await carry('register-birth', people.birth({ child }));
  t.equal(outcome.outcome, 'done');
  t.ok(waits.length > 0);
  t.same(new Set(waits), new Set(['awaiting-pin']));
  t.match(result.pin, /^099219\d{6}$/);
});

t.test('a mother whom the register does not know is refused', async (t) => {
  t.match(
    await carry('register-birth', people.birth({ mother: { pin: unknownPin, fullName: 'Lê Thị Lan' } })),
    refusedFor('unknown-person'),
  );
});

t.test('a death closes the person, leaves a widow and ends what is being paid', async (t) => {
  const husband = people.person(isMarried('male'));
  const wife = husband.spouse?.pin;
  const grant = grantTo(husband.pin, '77/QĐ-UBND');
  t.match(await carry('report-benefit-decision', grant), { result: { decisionNumber: '77/QĐ-UBND' } });
  t.match(await ask('check-benefit-eligibility', { pin: husband.pin, category: 'disabled' }), {
    currentBenefits: [{ decisionNumber: '77/QĐ-UBND', monthlyVnd: 750_000 }],
  });
  const { outcome, concerns } = await carry('register-death', people.death(named(husband)));
  t.equal(outcome.outcome, 'done');
  t.ok(concerns.includes(String(wife)), 'cached answers about the widow are invalid, too');
  t.match(await ask('get-person', { pin: husband.pin }), { status: 'deceased', death: { date: '2026-11-15' } });
  t.equal(await find('get-household', { pin: husband.pin }), undefined);
  t.equal(await find('confirm-residence', { pin: husband.pin }), undefined);
  t.match(await ask('get-person', { pin: wife }), { maritalStatus: 'widowed', spouse: undefined });
  t.match(await ask('get-marital-status', { pin: wife }), { status: 'widowed', since: '2026-11-15' });
  t.match(await ask('get-civil-status-record', { pin: husband.pin, record: 'death' }), {
    death: { deceased: named(husband), date: { value: '2026-11-15', precision: 'day' } },
  });
  const { eligible, reasons, currentBenefits } = await ask('check-benefit-eligibility', {
    pin: husband.pin,
    category: 'disabled',
  });
  t.equal(eligible, false);
  t.ok(reasons.some(({ code }) => code === 'deceased'));
  t.same(currentBenefits, []);
  t.match(await carry('register-death', people.death(named(husband))), refusedFor('already-dead'));
  t.match(
    await carry('report-benefit-decision', { ...grant, decision: { ...grant.decision, number: '78/QĐ-UBND' } }),
    refusedFor('deceased'),
  );
});

t.test('the household of a head who has died has another one', async (t) => {
  const head = people.person((one) => one.relation === 'head' && isMarried('male')(one));
  const before = await ask('get-household', { pin: head.spouse?.pin });
  t.equal(before.head.pin, head.pin);
  await carry('register-death', people.death(named(head)));
  const after = await ask('get-household', { pin: head.spouse?.pin });
  t.equal(after.head.pin, after.members[0]?.pin);
  t.not(after.head.pin, head.pin);
  t.equal(after.members.length, before.members.length - 1);
});

t.test('a death known to the month, before the birth, before the wedding, of nobody', async (t) => {
  const month = { dateOfDeath: { value: '2026-10', precision: 'month' } };
  const dead = named(people.person());
  t.match(await carry('register-death', people.death(dead, month)), { outcome: { outcome: 'done' } });
  t.match(await ask('get-civil-status-record', { pin: dead.pin, record: 'death' }), {
    death: { date: month.dateOfDeath },
  });
  const hoa = named(personOf(castPins.hoa));
  const early = { dateOfDeath: { value: '1990-05-16', precision: 'day' } };
  t.match(await carry('register-death', people.death(hoa, early)), refusedFor('death-before-birth'));
  const single = { dateOfDeath: { value: '2013', precision: 'year' } };
  t.match(await carry('register-death', people.death(hoa, single)), refusedFor('death-before-marriage'));
  const nobody = { pin: unknownPin, fullName: 'Lê Văn Không' };
  t.match(await carry('register-death', people.death(nobody)), refusedFor('unknown-person'));
});

t.test('a marriage shows on both sides, and binds both', async (t) => {
  const message = people.marriage();
  const { husband, wife } = message;
  const { result } = await carry('register-marriage', message);
  t.match(await ask('get-marital-status', { pin: wife.pin }), {
    status: 'married',
    spouse: husband,
    registration: result.registration,
  });
  t.match(await ask('get-person', { pin: husband.pin }), { maritalStatus: 'married', spouse: wife });
  t.match(await ask('get-person', { pin: wife.pin }), { maritalStatus: 'married', spouse: husband });
  const other = named(people.person(isFree('male')));
  t.match(await carry('register-marriage', people.marriage(other, wife)), refusedFor('not-free-to-marry'));
  const minh = named(personOf(castPins.minh));
  t.match(
    await carry('register-marriage', people.marriage(minh, named(people.person(isFree('female'))))),
    refusedFor('too-young'),
  );
  t.match(
    await carry('register-marriage', people.marriage(other, named(people.person(isFree('male'))))),
    refusedFor('sex-differs'),
  );
});

t.test('nobody is registered by the number of somebody else', async (t) => {
  const other = { fullName: 'Lê Thị Khác' };
  const [birth, death, marriage] = [people.birth(), people.death(), people.marriage()];
  const father = { pin: people.person(isMarried('male')).pin, ...other };
  const wrong: [string, Record<string, unknown>][] = [
    ['register-death', { ...death, deceased: { ...death.deceased, ...other } }],
    ['register-death', { ...death, declarant: father }],
    ['register-marriage', { ...marriage, husband: { ...marriage.husband, ...other } }],
    ['register-marriage', { ...marriage, wife: { ...marriage.wife, ...other } }],
    ['register-birth', { ...birth, mother: { ...birth.mother, ...other } }],
    ['register-birth', { ...birth, father }],
    ['register-birth', { ...birth, father, mother: undefined, declarant: birth.mother }],
    ['register-birth', { ...birth, declarant: { ...birth.mother, ...other } }],
  ];
  for (const [push, { mother, ...message }] of wrong)
    t.match(await carry(push, { ...message, ...(mother ? { mother } : {}) }), refusedFor('name-differs'), push);
  t.match(await ask('get-person', { pin: death.deceased.pin }), { status: 'active' });
  const unknown = { pin: unknownPin, ...other };
  for (const [push, message] of [
    ['register-death', { ...death, declarant: unknown }],
    ['register-marriage', marriage],
    ['register-birth', { ...birth, father: unknown }],
  ] as const)
    t.match(await carry(push, message), { outcome: { outcome: 'done' } }, `${push}: as the registers have them`);
});

t.test('a name is that of the register also without its marks, in capitals, or decomposed', async (t) => {
  const { deceased, ...death } = people.death();
  const bare = deceased.fullName.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D');
  t.match(await carry('register-death', { ...death, deceased: { ...deceased, fullName: bare.toUpperCase() } }), {
    outcome: { outcome: 'done' },
  });
  const { wife, ...marriage } = people.marriage();
  const fullName = wife.fullName.normalize('NFD').toUpperCase();
  t.match(await carry('register-marriage', { ...marriage, wife: { ...wife, fullName } }), {
    outcome: { outcome: 'done' },
  });
});

t.test('a child born alone has no sibling within half a year', async (t) => {
  const first = people.birth();
  await carry('register-birth', first);
  const bornOn = (value: string, precision: string, facts = {}) =>
    carry('register-birth', {
      ...first,
      child: { ...first.child, fullName: 'Trần Gia Khác', dateOfBirth: { value, precision } },
      ...facts,
    });
  t.match(await bornOn('2026-10-30', 'day'), refusedFor('births-too-close'));
  t.match(await bornOn('2026-05-07', 'day'), refusedFor('births-too-close'), '179 days');
  t.match(await bornOn('2026-10', 'month'), refusedFor('births-too-close'), 'at their farthest, too');
  t.match(await bornOn('2026-05-06', 'day'), { outcome: { outcome: 'done' } }, '180 days');
  const later = people.birth();
  await carry('register-birth', later);
  const partial = { ...later.child, dateOfBirth: { value: '2026-05', precision: 'month' } };
  t.match(
    await carry('register-birth', { ...later, child: partial }),
    { outcome: { outcome: 'done' } },
    'a month that began 180 days before',
  );
  const twin = people.birth({ multiplicity: 'twin', order: 1 });
  await carry('register-birth', twin);
  const alone = { ...twin, multiplicity: 'single', child: { ...twin.child, dateOfBirth: bornAfterMidnight } };
  t.match(await carry('register-birth', alone), refusedFor('births-too-close'), 'a twin is not born alone');
  const second = { ...alone, multiplicity: 'twin', order: 2 };
  t.match(await carry('register-birth', second), { outcome: { outcome: 'done' } }, 'a twin born after midnight');
});

t.test('a correction reaches every register, and everybody who names the person', async (t) => {
  const wife = people.person(isMarried('female'));
  const renamed = `${wife.fullName} An`;
  const { concerns } = await carry(
    'correct-civil-status',
    people.correction(wife, 'fullName', wife.fullName.normalize('NFD'), renamed),
  );
  t.match(await ask('get-person', { pin: wife.pin }), { fullName: renamed });
  t.match(await ask('get-person', { pin: wife.spouse?.pin }), { spouse: { fullName: renamed } });
  t.ok(concerns.includes(String(wife.spouse?.pin)));
  const again = people.correction(wife, 'fullName', wife.fullName, `${wife.fullName} Bình`);
  t.match(await carry('correct-civil-status', again), refusedFor('value-differs'));
});

t.test('a date of birth is corrected, within the year that the number states', async (t) => {
  const person = people.person((one) => one.dateOfBirth.precision === 'day' && one.birth !== undefined);
  const newValue = { value: person.dateOfBirth.value.slice(0, 7), precision: 'month' };
  await carry('correct-civil-status', people.correction(person, 'dateOfBirth', person.dateOfBirth, newValue));
  t.match(await ask('get-person', { pin: person.pin }), { dateOfBirth: newValue });
  t.match(await ask('get-civil-status-record', { pin: person.pin, record: 'birth' }), {
    birth: { child: { dateOfBirth: newValue } },
  });
  const otherYear = people.correction(person, 'dateOfBirth', newValue, { value: '1900', precision: 'year' });
  await t.rejects(carry('correct-civil-status', otherYear), /x-pin-agrees/);
});

t.test('a corrected day of death moves the widowhood', async (t) => {
  const husband = people.person(isMarried('male'));
  await carry('register-death', people.death(named(husband)));
  const [oldValue, newValue] = ['2026-11-15', '2026-11-14'].map((value) => ({ value, precision: 'day' }));
  const { concerns } = await carry(
    'correct-civil-status',
    people.correction(husband, 'dateOfDeath', oldValue, newValue),
  );
  t.ok(concerns.includes(String(husband.spouse?.pin)), 'cached answers about the widow are invalid, too');
  t.match(await ask('get-person', { pin: husband.pin }), { death: { date: '2026-11-14' } });
  t.match(await ask('get-marital-status', { pin: husband.spouse?.pin }), { status: 'widowed', since: '2026-11-14' });
});

t.test(
  'a corrected day of death moves the end of what was being paid, and gives back what was taken too early',
  async (t) => {
    const person = people.person((one) => one.maritalStatus === 'single');
    const grant = { ...grantTo(person.pin, '79/QĐ-UBND'), to: '2026-11-30' };
    await carry('report-benefit-decision', grant);
    const day = (value: string) => ({ value, precision: 'day' });
    const died = { dateOfDeath: day('2026-11-02') };
    await carry('register-death', people.death(named(person), died));
    const stop = {
      ...{ pin: person.pin, action: 'stop', communeCode: '00070', stopReason: 'moved-away' },
      ...{ stops: grant.decision.number, decision: { number: '80/QĐ-UBND', date: '2026-11-18' } },
    };
    t.match(
      await carry('report-benefit-decision', { ...stop, lastDay: '2026-11-03' }),
      refusedFor('already-ended'),
      'it ended with the death',
    );
    const moved = people.correction(person, 'dateOfDeath', died.dateOfDeath, day('2026-11-15'));
    t.match(await carry('correct-civil-status', moved), { outcome: { outcome: 'done' }, result: { registration: {} } });
    t.match(await carry('report-benefit-decision', { ...stop, lastDay: '2026-11-16' }), refusedFor('already-ended'));
    t.match(await carry('report-benefit-decision', { ...stop, lastDay: '2026-11-15' }), {
      result: { to: '2026-11-15' },
    });
  },
);

t.test('a corrected date of birth decides about benefits', async (t) => {
  const person = people.person(
    (one) => one.dateOfBirth.precision === 'day' && one.dateOfBirth.value.startsWith('1951-'),
  );
  const pension = async () => {
    const { reasons } = await ask('check-benefit-eligibility', { pin: person.pin, category: 'elderly' });
    return reasons.map(({ code }) => code);
  };
  const before = await pension();
  const late = { value: '1951-12-31', precision: 'day' };
  await carry('correct-civil-status', people.correction(person, 'dateOfBirth', person.dateOfBirth, late));
  t.notSame(await pension(), before);
});

const residence = {
  address: {
    line: '45 phố Lý Thường Kiệt',
    commune: { code: '00082', name: 'Phường Cửa Nam' },
    province: { code: '01', name: 'Thành phố Hà Nội' },
    asOf: '2026-11-01',
  },
  since: '2026-11-01',
  authority: 'Công an phường Cửa Nam',
};

t.test('a new residence shows wherever one asks for it', async (t) => {
  const { pin } = people.person((one) => one.relation === 'child');
  await carry('report-residence-change', { pin, kind: 'temporary', residence });
  t.same((await ask('confirm-residence', { pin })).temporary, residence);
  const { result } = await carry('report-residence-change', {
    pin,
    kind: 'permanent',
    residence,
    household: { action: 'found' },
  });
  t.same((await ask('confirm-residence', { pin })).permanent, residence);
  t.same((await ask('get-person', { pin })).residence.permanent, residence.address);
  t.match(await ask('get-household', { pin }), {
    code: result.householdCode,
    head: { pin },
    members: [{ pin, relation: 'head' }],
    residence: residence.address,
  });
  const friend = people.person((one) => one.relation === 'child').pin;
  const join = { action: 'join', code: result.householdCode, relation: 'other' };
  t.match(await carry('report-residence-change', { pin: friend, kind: 'permanent', residence, household: join }), {
    concerns: [friend, String],
  });
  t.match(await ask('get-household', { pin }), { members: [{ pin }, { pin: friend, relation: 'other' }] });
  const elsewhere = { ...residence, since: '2026-11-02', address: { ...residence.address, line: 'Số 7' } };
  await carry('report-residence-change', {
    pin: friend,
    kind: 'permanent',
    residence: elsewhere,
    household: { action: 'move' },
  });
  t.match(await ask('get-household', { pin }), { residence: elsewhere.address });
  t.same((await ask('confirm-residence', { pin })).permanent, elsewhere, 'the household moved as a whole');
  t.match(
    await carry('report-residence-change', { pin, kind: 'permanent', residence, household: { action: 'move' } }),
    refusedFor('older-than-held'),
  );
  const nowhere = { ...join, code: '000' };
  t.match(
    await carry('report-residence-change', { pin, kind: 'permanent', residence: elsewhere, household: nowhere }),
    refusedFor('unknown-household'),
  );
});

t.test('a benefit ends by decision, and not twice for different days', async (t) => {
  const stop = {
    pin: castPins.sau,
    action: 'stop',
    decision: { number: '90/QĐ-UBND', date: '2026-11-01' },
    communeCode: '00004',
    stops: '00099/QĐ-UBND',
    lastDay: '2026-10-31',
    stopReason: 'moved-away',
  };
  t.match(await carry('report-benefit-decision', stop), { result: { from: '2019-06-01', to: '2026-10-31' } });
  t.match(await ask('check-benefit-eligibility', { pin: castPins.sau, category: 'disabled' }), { currentBenefits: [] });
  t.match(await carry('report-benefit-decision', { ...stop, lastDay: '2026-12-31' }), refusedFor('already-ended'));
  t.match(await carry('report-benefit-decision', { ...stop, stops: 'none' }), refusedFor('unknown-benefit'));
});

t.test('a funeral is paid for once, and for the dead only', async (t) => {
  const person = named(people.person());
  const allowance = {
    deceased: person,
    recipient: named(personOf(castPins.hoa)),
    decision: { number: '91/QĐ-UBND', date: '2026-11-16' },
    communeCode: '00070',
    amountVnd: 10_000_000,
  };
  t.match(await carry('report-funeral-allowance', allowance), refusedFor('not-dead'));
  await carry('register-death', people.death(person));
  const fullName = 'Lê Thị Khác';
  for (const other of [
    { deceased: { ...person, fullName } },
    { recipient: { ...allowance.recipient, fullName } },
  ] as const)
    t.match(await carry('report-funeral-allowance', { ...allowance, ...other }), refusedFor('name-differs'));
  t.match(await carry('report-funeral-allowance', allowance), { result: { amountVnd: 10_000_000 } });
  t.match(await carry('report-funeral-allowance', allowance), refusedFor('already-granted'));
});

t.test(
  'a funeral is paid for under the corrected name of the dead, and to somebody whom no register knows',
  async (t) => {
    const person = people.person();
    const renamed = { pin: person.pin, fullName: `${person.fullName} An` };
    await carry('correct-civil-status', people.correction(person, 'fullName', person.fullName, renamed.fullName));
    await carry('register-death', people.death(renamed));
    const allowance = {
      deceased: renamed,
      recipient: { pin: unknownPin, fullName: 'Lê Thị Lan' },
      decision: { number: '92/QĐ-UBND', date: '2026-11-16' },
      communeCode: '00070',
      amountVnd: 10_000_000,
    };
    t.match(
      await carry('report-funeral-allowance', { ...allowance, deceased: named(person) }),
      refusedFor('name-differs'),
    );
    t.match(await carry('report-funeral-allowance', allowance), { result: { amountVnd: 10_000_000 } });
  },
);
