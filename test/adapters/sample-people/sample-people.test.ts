import t from 'tap';
import {
  asCallerWrites,
  castPins,
  type SamplePerson,
  samplePopulation,
} from '../../../adapters/sample-people/index.ts';
import { createValidation } from '../../../src/validation/index.ts';

const startedUs = process.cpuUsage();
const population = samplePopulation();
const { user, system } = process.cpuUsage(startedUs);
const { people, marriages, households, byPin } = population;

const share = (fits: (person: SamplePerson) => boolean) => people.filter(fits).length / people.length;
const shared = (list: readonly string[]) => list.filter((each, index) => list.indexOf(each) !== index);

t.test('there are 20,000, the same on every call, in less than a second of processor time', async (t) => {
  t.equal(people.length, 20_000);
  t.ok((user + system) / 1000 < 1000, `${(user + system) / 1000} ms`);
  t.strictSame(samplePopulation(), population);
});

t.test('every number is of the sample range, unique, and agrees with sex and year of birth', async (t) => {
  t.equal(byPin.size, people.length);
  const validation = createValidation({ samplePins: true, errorsMax: 1 });
  validation.add('person', {
    type: 'object',
    'x-pin-agrees': { pin: 'pin', sex: 'sex', dateOfBirth: 'dateOfBirth' },
    properties: {
      pin: { type: 'string', format: 'pin', pattern: '^099' },
      fullName: { type: 'string', format: 'person-name' },
      sex: { type: 'string' },
      dateOfBirth: { type: 'object' },
    },
    additionalProperties: false,
  });
  const violations = validation.compile('person');
  for (const { pin, fullName, sex, dateOfBirth } of people) {
    const found = violations({ pin, fullName, sex, dateOfBirth });
    if (found.length > 0) t.same(found, [], pin);
  }
});

t.test('the shares are those of the domain', async (t) => {
  const yearOnly = share(({ dateOfBirth }) => dateOfBirth.precision === 'year');
  t.ok(yearOnly > 0.045 && yearOnly < 0.055, `${yearOnly}`);
  t.equal(
    share(({ writing }) => writing === 'nfd'),
    0.03,
  );
  t.equal(
    share(({ writing }) => writing === 'tone-variant'),
    0.02,
  );
});

t.test('callers write names in NFD or with the tone elsewhere, and registers keep NFC', async (t) => {
  for (const person of people) {
    const written = asCallerWrites(person);
    const right =
      person.fullName === person.fullName.normalize('NFC') &&
      (person.writing === 'as-registered') === (written === person.fullName) &&
      (person.writing === 'nfd') === (written !== written.normalize('NFC'));
    if (!right) t.fail(person.pin);
  }
});

t.test('the cast is as it is known', async (t) => {
  const of = (pin: string) => byPin.get(pin);
  t.match(of(castPins.hoa), {
    index: 0,
    pin: '099190000001',
    fullName: 'Nguyễn Thị Hòa',
    sex: 'female',
    dateOfBirth: { value: '1990-05-17', precision: 'day' },
    maritalStatus: 'married',
    spouse: { pin: '099088000002', fullName: 'Trần Văn Đức' },
    permanent: { address: { province: { code: '01' } } },
  });
  t.match(of(castPins.duc), { dateOfBirth: { value: '1988-02-29' }, sex: 'male', spouse: { pin: castPins.hoa } });
  t.equal(of(castPins.hoa)?.householdCode, of(castPins.duc)?.householdCode);
  t.match(of(castPins.sau), {
    fullName: 'Lê Văn Sáu',
    dateOfBirth: { value: '1965', precision: 'year' },
    status: 'deceased',
    death: { date: { value: '2024-11-03', precision: 'day' } },
  });
  for (const [pin, sex, order] of [
    [castPins.minh, 'male', 1],
    [castPins.mai, 'female', 2],
  ] as const) {
    t.match(of(pin), {
      sex,
      dateOfBirth: { value: '2016-08-01' },
      birth: { multiplicity: 'twin', order, registration: { date: '2016-08-15' } },
      father: { pin: castPins.duc },
      mother: { pin: castPins.hoa },
    });
  }
  t.match(of(castPins.binhReplaced), { sex: 'female', status: 'replaced', replacedBy: castPins.binh });
  t.match(of(castPins.binh), {
    sex: 'male',
    status: 'active',
    replaces: castPins.binhReplaced,
    fullName: 'Phạm An Bình',
  });
});

t.test('references hold on both sides', async (t) => {
  for (const person of people) {
    for (const ref of [person.father, person.mother, person.spouse, person.representative]) {
      if (ref?.pin !== undefined && byPin.get(ref.pin)?.fullName !== ref.fullName) t.fail(`${person.pin}: ${ref.pin}`);
    }
    const { spouse } = person;
    if (spouse?.pin !== undefined && byPin.get(spouse.pin)?.spouse?.pin !== person.pin) t.fail(`${person.pin}: spouse`);
    if ((person.status === 'deceased') !== (person.death !== undefined)) t.fail(`${person.pin}: death`);
    if (person.replacedBy !== undefined && byPin.get(person.replacedBy)?.replaces !== person.pin) t.fail(person.pin);
  }
});

t.test('each living person belongs to the one household that the record names', async (t) => {
  const members = new Map(households.flatMap(({ code, members }) => members.map((pin) => [pin, code] as const)));
  t.same(shared(households.map(({ code }) => code)), []);
  t.equal(members.size, households.flatMap(({ members }) => members).length, 'nobody belongs to two');
  for (const { pin, status, householdCode } of people) {
    const living = status === 'active' || status === 'missing';
    if (members.get(pin) !== (living ? householdCode : undefined)) t.fail(pin);
  }
  for (const { head, members } of households) {
    if (head.pin !== members[0] || byPin.get(head.pin ?? '')?.relation !== 'head') t.fail(String(head.pin));
  }
});

t.test('marriages: nobody in two at once, some divorced and married again, states agree', async (t) => {
  const of = new Map<string, (typeof marriages)[number][]>();
  for (const marriage of marriages) {
    for (const { pin } of [marriage.husband, marriage.wife]) {
      of.set(pin ?? '', [...(of.get(pin ?? '') ?? []), marriage]);
    }
  }
  let marriedAgain = 0;
  for (const person of people) {
    const own = of.get(person.pin) ?? [];
    for (const [index, { registration, ended }] of own.entries()) {
      const next = own[index + 1];
      if (ended !== undefined && ended.on < registration.date) t.fail(`${person.pin}: ended before it began`);
      if (next !== undefined && (ended === undefined || ended.on > next.registration.date))
        t.fail(`${person.pin}: two at once`);
    }
    if (own.length > 1) marriedAgain += 1;
    const last = own.at(-1);
    const standing = last !== undefined && last.ended === undefined;
    if (standing !== (person.spouse !== undefined)) t.fail(`${person.pin}: spouse`);
    if (person.status === 'active' && standing !== (person.maritalStatus === 'married')) t.fail(`${person.pin}: state`);
  }
  t.ok(marriedAgain > 100);
});

t.test('nothing happens out of order, and nothing after the snapshot', async (t) => {
  for (const { pin, birth, death, dateOfBirth, permanent, current, temporary } of people) {
    const days = [birth?.registration.date, death?.registration.date, permanent.since, permanent.address.asOf].filter(
      (day) => day !== undefined,
    );
    if (days.some((day) => day < dateOfBirth.value || day > '2025-12-31')) t.fail(pin);
    for (const { address } of [permanent, current, ...(temporary ? [temporary] : [])]) {
      if (address.asOf < '2025-07-01' !== (address.district !== undefined)) t.fail(`${pin}: district`);
    }
  }
});

t.test('twins and triplets were born on one day to one mother', async (t) => {
  const together = people.filter(({ birth }) => birth !== undefined && birth.multiplicity !== 'single');
  t.ok(together.length > 50);
  const groups = Map.groupBy(together, ({ mother, dateOfBirth }) => `${mother?.pin} ${dateOfBirth.value}`);
  for (const group of groups.values()) {
    t.same(
      group.map(({ birth }) => birth?.order),
      group[0]?.birth?.multiplicity === 'twin' ? [1, 2] : [1, 2, 3],
    );
  }
});

t.test('households lie across the merged provinces: old codes and new ones for the same house', async (t) => {
  for (const code of ['15', '24', '52']) {
    const before = people.filter(
      ({ permanent: { address } }) => address.district !== undefined && address.province.code === code,
    );
    const after = people.filter(
      ({ permanent: { address } }) => address.district === undefined && address.province.code === code,
    );
    t.ok(before.length > 100 && after.length > 100, code);
    t.not(before[0]?.permanent.address.province.name, after[0]?.permanent.address.province.name);
  }
  const mixed = households.filter(({ members }) => {
    const codings = new Set(members.map((pin) => byPin.get(pin)?.permanent.address.district !== undefined));
    return codings.size === 2;
  });
  t.ok(mixed.length > 50);
});

t.test('telephone numbers, addresses and identity numbers are recognisably made up', async (t) => {
  for (const { pin, phone, email, oldIdentityNumber } of people) {
    if (phone !== undefined && !/^09000\d{5}$/.test(phone)) t.fail(`${pin}: phone`);
    if (email !== undefined && !/@example\.(com|vn)$/.test(email)) t.fail(`${pin}: email`);
    if (oldIdentityNumber !== undefined && !/^(999\d{6}|099000001)$/.test(oldIdentityNumber))
      t.fail(`${pin}: identity`);
  }
});
