/** A PIN states century, sex and birth year; a request that contradicts it is refused before any registry is asked. */

import t from 'tap';
import { createValidation } from '../../src/validation/index.ts';
import { messageSchemas } from '../support/message-schemas.ts';

const verify = messageSchemas().compile('schemas/population/verify-identity.v1.request.json');

function verdict(pin: string, birth: string, sex?: string): [string, string][] {
  const precision = ({ 4: 'year', 7: 'month' } as Record<number, string>)[birth.length] ?? 'day';
  const message = {
    pin,
    fullName: 'An',
    dateOfBirth: { value: birth, precision },
    ...(sex === undefined ? {} : { sex }),
  };
  return verify(message).map(({ pointer, rule }) => [pointer, rule]);
}

t.test('digits 4 to 6 agree with sex and birth year in every century', async (t) => {
  for (const [digit, year, sex] of [
    ['0', '1988', 'male'],
    ['1', '1988', 'female'],
    ['2', '2016', 'male'],
    ['3', '2016', 'female'],
    ['4', '2100', 'male'],
    ['5', '2199', 'female'],
    ['6', '2200', 'male'],
    ['7', '2201', 'female'],
    ['8', '2300', 'male'],
    ['9', '2399', 'female'],
  ] as const) {
    t.same(verdict(`099${digit}${year.slice(2)}000001`, year, sex), [], `${digit} ${year} ${sex}`);
    const otherSex = sex === 'male' ? 'female' : 'male';
    t.same(verdict(`099${digit}${year.slice(2)}000001`, year, otherSex), [['/sex', 'x-pin-agrees']]);
    const otherCentury = String(Number(year) - 100);
    t.same(verdict(`099${digit}${year.slice(2)}000001`, otherCentury, sex), [['/dateOfBirth', 'x-pin-agrees']]);
  }
});

t.test('only the year of a birth date is compared, whatever its precision', async (t) => {
  for (const birth of ['1990', '1990-05', '1990-05-17']) t.same(verdict('099190000001', birth, 'female'), []);
  for (const birth of ['1991', '1991-05', '1991-05-17']) {
    t.same(verdict('099190000001', birth), [['/dateOfBirth', 'x-pin-agrees']], birth);
  }
});

t.test('both disagreements are reported', async (t) => {
  t.same(verdict('099190000001', '1988', 'male'), [
    ['/sex', 'x-pin-agrees'],
    ['/dateOfBirth', 'x-pin-agrees'],
  ]);
});

t.test('nothing is compared with an absent, unknown or malformed member', async (t) => {
  t.same(verdict('099190000001', '1990'), []);
  t.same(verdict('099190000001', '1990', 'other'), [], 'the PIN knows no third sex');
  t.same(verdict('09919000', '1988', 'male'), [['/pin', 'format:pin']]);
  t.same(
    verify({ pin: '099190000001', fullName: 'An', dateOfBirth: 1988 }).map(({ rule }) => rule),
    ['type'],
  );
  t.same(
    verify({ fullName: 'An', dateOfBirth: { value: '1988', precision: 'year' } }).map(({ rule }) => rule),
    ['required'],
  );
});

t.test('the keyword takes a plain date as well and points into nested objects', async (t) => {
  const validation = createValidation({ samplePins: true, errorsMax: 10 });
  const text = { type: 'string' };
  validation.add('test.json', {
    type: 'object',
    properties: {
      people: {
        type: 'array',
        items: {
          type: 'object',
          'x-pin-agrees': { pin: 'number', dateOfBirth: 'born' },
          properties: { number: text, born: text, sex: text },
        },
      },
    },
  });
  const validate = validation.compile('test.json');
  const person = (born: string) => ({ number: '099190000001', born, sex: 'male' });
  t.same(validate({ people: [person('1990-05-17'), person('1989-05-17')] }), [
    {
      pointer: '/people/1/born',
      rule: 'x-pin-agrees',
      message: 'must agree with digits 4 to 6 of number, which state century and year of birth',
    },
  ]);
});
