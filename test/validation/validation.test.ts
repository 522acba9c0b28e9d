/** What a caller with a wrong message is told: every broken rule, by its pointer, and nothing of what was sent. */

import t from 'tap';
import { createValidation } from '../../src/validation/index.ts';
import { messageSchemas } from '../support/message-schemas.ts';

/** A validator for one schema of the test's own. */
function validatorOf(schema: object, errorsMax = 100) {
  const validation = createValidation({ samplePins: true, errorsMax });
  validation.add('schemas/a/test.json', schema);
  return validation.compile('schemas/a/test.json');
}

t.test('all violations are reported, each with pointer, rule and what would be right', async (t) => {
  const validate = messageSchemas().compile('schemas/population/verify-identity.v1.request.json');
  const violations = validate({
    fullName: 'Nguy?n',
    dateOfBirth: { value: '2023-02-29', precision: 'day' },
    sex: 'F',
    note: 'hello',
  });
  t.same(
    [...violations].sort((a, b) => a.pointer.localeCompare(b.pointer)),
    [
      {
        pointer: '/dateOfBirth/value',
        rule: 'format:date',
        message: 'must be a day that the calendar has',
      },
      {
        pointer: '/fullName',
        rule: 'format:person-name',
        message: 'must not hold replacement characters: an earlier conversion lost letters, send the original text',
      },
      {
        pointer: '/note',
        rule: 'additionalProperties',
        message: 'must be absent: the members here are pin, fullName, dateOfBirth, sex',
      },
      { pointer: '/pin', rule: 'required', message: 'must be present' },
      { pointer: '/sex', rule: 'enum', message: 'must be one of: male, female, other' },
    ],
  );
});

t.test('a valid value gives no violations', async (t) => {
  const validate = validatorOf({ type: 'object', properties: { a: { type: 'string' } } });
  t.same(validate({ a: 'x' }), []);
});

t.test('each rule is put in words', async (t) => {
  const text = { type: 'string', minLength: 2, maxLength: 3 };
  const list = { type: 'array', minItems: 1, maxItems: 2, uniqueItems: true, items: { type: 'string' } };
  const cases: [object, unknown, string, string, string][] = [
    [{ type: 'string' }, 1, '', 'type', 'must be a string'],
    [{ type: 'object' }, [], '', 'type', 'must be an object'],
    [{ type: 'null' }, 0, '', 'type', 'must be null'],
    [{ type: 'object', additionalProperties: false }, { a: 1 }, '/a', 'additionalProperties', 'must be absent'],
    [{ type: 'array', minItems: 2 }, [1], '', 'minItems', 'must have at least 2 items'],
    [{ enum: [1, null] }, 2, '', 'enum', 'must be one of: 1, null'],
    [{ type: 'boolean' }, 'true', '', 'type', 'must be true or false'],
    [{ type: 'integer' }, 1.5, '', 'type', 'must be an integer'],
    [{ type: 'number' }, Number.POSITIVE_INFINITY, '', 'type', 'must be a number'],
    [{ const: 'x' }, 'y', '', 'const', 'must be "x"'],
    [{ type: 'string', pattern: '^[0-9]{2}$', title: 'Code' }, 'a', '', 'pattern', 'must match ^[0-9]{2}$ (Code)'],
    [{ type: 'string', pattern: '^[0-9]$' }, 'a', '', 'pattern', 'must match ^[0-9]$'],
    [text, 'x', '', 'minLength', 'must have at least 2 characters'],
    [{ type: 'string', minLength: 1 }, '', '', 'minLength', 'must not be empty'],
    [text, 'xxxx', '', 'maxLength', 'must have at most 3 characters'],
    [list, [], '', 'minItems', 'must not be empty'],
    [list, ['a', 'b', 'c'], '', 'maxItems', 'must have at most 2 items'],
    [list, ['a', 'a'], '/1', 'uniqueItems', 'must not repeat an earlier item'],
    [{ type: 'integer', minimum: 3 }, 2, '', 'minimum', 'must be at least 3'],
    [{ type: 'integer', maximum: 3 }, 4, '', 'maximum', 'must be at most 3'],
    [{ type: 'object', properties: { a: false } }, { a: 1 }, '/a', 'false schema', 'must be absent'],
    [
      { type: 'object', properties: { a: true, b: true }, dependentRequired: { a: ['b'] } },
      { a: 1 },
      '/b',
      'dependentRequired',
      'must be present where a is',
    ],
  ];
  for (const [schema, value, pointer, rule, message] of cases) {
    t.same(validatorOf(schema)(value), [{ pointer, rule, message }], message);
  }
});

t.test('a long list of right values is broken off', async (t) => {
  const [violation] = validatorOf({ enum: Array.from({ length: 100 }, (_, index) => index) })(-1);
  t.match(violation?.message, /^must be one of: 0, 1, .*39, …$/);
});

t.test('a pointer is escaped and names the missing or unknown member itself (RFC 6901 section 3)', async (t) => {
  const validate = validatorOf({
    type: 'object',
    properties: {
      'a/b': { type: 'object', properties: { 'm~n': true }, required: ['m~n'], additionalProperties: false },
    },
  });
  t.same(
    validate({ 'a/b': { 'x/~y': 1 } }).map((violation) => violation.pointer),
    ['/a~1b/m~0n', '/a~1b/x~1~0y'],
  );
});

t.test('a wrong member name is named by propertyNames', async (t) => {
  const validate = validatorOf({ type: 'object', propertyNames: { type: 'string', pattern: '^[a-z]+$' } });
  t.same(validate({ B: 1 }), [{ pointer: '/B', rule: 'pattern', message: 'must match ^[a-z]+$' }]);
});

t.test('of if, then and else only the broken inner rule is reported', async (t) => {
  const validate = messageSchemas().compile('schemas/common/partial-date.json');
  t.same(validate({ value: '1965-07', precision: 'year' }), [
    { pointer: '/value', rule: 'format:year', message: 'must be a year in the form YYYY' },
  ]);
});

t.test('one broken rule that two schemas state is reported once', async (t) => {
  const validate = messageSchemas().compile('schemas/common/partial-date.json');
  t.same(validate({ value: 1965, precision: 'year' }), [
    { pointer: '/value', rule: 'type', message: 'must be a string' },
  ]);
});

t.test('no more violations are reported than the limit says', async (t) => {
  const schema = { type: 'array', items: { type: 'string' } };
  const numbers = Array.from({ length: 1000 }, (_, index) => index);
  t.equal(validatorOf(schema, 7)(numbers).length, 7);
  t.equal(validatorOf(schema, 2000)(numbers).length, 1000);
});

t.test('no message repeats a value', async (t) => {
  const validation = messageSchemas();
  const marker = 'Qzx8Wvj7';
  for (const key of [
    'schemas/population/verify-identity.v1.request.json',
    'schemas/population/get-person.v1.request.json',
    'schemas/population/get-person.v1.response.json',
    'schemas/judicial-records/get-criminal-record-status.v1.request.json',
  ]) {
    const value = {
      pin: marker,
      fullName: `${marker}?`,
      dateOfBirth: { value: marker, precision: marker },
      sex: marker,
      fields: [marker, marker],
      form: marker,
      found: true,
      person: { pin: marker, email: marker, phone: marker, dateOfBirth: marker, residence: { permanent: marker } },
    };
    const violations = validation.compile(key)(value);
    t.ok(violations.length > 2, key);
    t.notMatch(JSON.stringify(violations), marker, key);
  }
});

t.test('nothing is coerced, defaulted or removed', async (t) => {
  const validate = validatorOf({
    type: 'object',
    properties: { n: { type: 'integer' }, d: { type: 'string', default: 'x' } },
    additionalProperties: false,
  });
  const value = { n: '1', other: true };
  t.equal(validate(value).length, 2);
  t.same(value, { n: '1', other: true });
  const lacking = {};
  t.same(validate(lacking), []);
  t.same(lacking, {});
});

t.test('a member of the prototype is not a member of the message', async (t) => {
  const validate = validatorOf({ type: 'object', properties: { a: true }, additionalProperties: false });
  t.match(validate(JSON.parse('{"constructor":1}')), [{ pointer: '/constructor' }]);
});

t.test('an unusable schema is refused when it is added or compiled', async (t) => {
  const refused = (schema: object) => t.throws(() => validatorOf(schema), JSON.stringify(schema));
  refused({ type: 'text' });
  refused({ type: 'string', maxLenght: 3 });
  refused({ type: 'string', format: 'pincode' });
  refused({ properties: { a: {} } });
  refused({ type: 'object', required: ['a'] });
  refused({ $ref: '../common/absent.json' });
  refused({ type: 'string', 'x-data-class': 'secret' });
  refused({ type: 'string', 'x-vi': { description: 'thiếu tên' } });
  refused({ type: 'object', 'x-pin-agrees': { sex: 'sex' } });
});

t.test('a key stands for one schema, and an unknown key for none', async (t) => {
  const validation = createValidation({ samplePins: true, errorsMax: 10 });
  validation.add('schemas/common/a.json', { type: 'string' });
  t.throws(() => validation.add('schemas/common/a.json', { type: 'number' }));
  t.throws(() => validation.compile('schemas/common/b.json'), { message: 'there is no schema schemas/common/b.json' });
});

t.test('relative references resolve against the key, in any order of adding', async (t) => {
  const validation = createValidation({ samplePins: true, errorsMax: 10 });
  validation.add('schemas/population/q.json', { $ref: '../common/x.json' });
  validation.add('schemas/common/x.json', { $ref: 'y.json' });
  validation.add('schemas/common/y.json', { type: 'string' });
  t.same(validation.compile('schemas/population/q.json')('ok'), []);
  t.equal(validation.compile('schemas/population/q.json')(1).length, 1);
});
