/** Which fields an answer has and what it can hold, read from its schema; and which schemas cannot be enforced. */

import t from 'tap';
import { readAnswerSchema } from '../../src/catalogue/answer-schema.ts';
import type { JsonSchema } from '../../src/catalogue/schema-store.ts';

const basic = { 'x-data-class': 'basic' };
const text = { type: 'string' };
const field = { ...text, ...basic };

const object = (properties: object) => ({ type: 'object', properties });
const list = (items: object) => ({ type: 'array', items });

/** Reads the record with these members, beside further schemas. */
function read(properties: object, others: Readonly<Record<string, JsonSchema>> = {}) {
  const answer = object({ found: { type: 'boolean' }, record: object(properties) });
  return readAnswerSchema(
    new Map([['schemas/a/answer.json', answer], ...Object.entries(others)]),
    'schemas/a/answer.json',
    'record',
  );
}

t.test('what has a data class is a field with all below it; what has none is walked through', async (t) => {
  const { fields } = read({
    name: field,
    health: { ...object({ group: text }), 'x-data-class': 'sensitive' },
    residence: object({ permanent: { ...object({ line: text }), ...basic }, since: field }),
    members: list(object({ pin: field, tags: { ...list(text), ...basic } })),
  });
  t.same(
    [...fields.values()].map(({ path, dataClass }) => `${path} ${dataClass}`),
    [
      'name basic',
      'health sensitive',
      'residence.permanent basic',
      'residence.since basic',
      'members.pin basic',
      'members.tags basic',
    ],
  );
});

t.test('the shape of an answer is its types and members, references resolved, everything else dropped', async (t) => {
  const others = {
    'schemas/common/place.json': { ...object({ code: { $ref: 'code.json' } }), title: 'Place', required: ['code'] },
    'schemas/common/code.json': { type: 'string', pattern: '^x$' },
  };
  const place = { $ref: '../common/place.json', title: 'Home', ...basic };
  const { answerSchema } = read({ place, list: { ...list({ $ref: '../common/place.json' }), ...basic } }, others);
  const shape = object({ code: text });
  t.same(answerSchema, object({ found: { type: 'boolean' }, record: object({ place: shape, list: list(shape) }) }));
});

const refused: Readonly<Record<string, [object, RegExp]>> = {
  'a member without a class that holds nothing': [{ name: text }, /name has no x-data-class and holds no fields/],
  'no member at all': [{}, /needs properties/],
  'an object whose members are not named': [{ a: { type: 'object', ...basic } }, /needs properties/],
  'a list of anything': [{ a: { type: 'array', ...basic } }, /every array of an answer needs items/],
  'a container of anything': [{ a: { type: 'array' } }, /every array of an answer needs items/],
  'a member of two types': [{ a: { type: ['string', 'null'], ...basic } }, /needs one type/],
  'a member without a type': [{ a: { enum: ['x'], ...basic } }, /needs one type/],
  'a reference that leads nowhere': [{ a: { $ref: 'none.json', ...basic } }, /schemas\/a\/none\.json does not exist/],
  'a field within a field': [
    { a: { ...object({ b: { ...text, 'x-data-class': 'sensitive' } }), ...basic } },
    /a field with x-data-class lies within another one/,
  ],
  'a field within the items of a field': [
    { a: { ...list({ ...object({ b: text }), 'x-data-class': 'sensitive' }), ...basic } },
    /a field with x-data-class lies within another one/,
  ],
  "a name with a full stop, which is another field's path": [
    { a: object({ b: field }), 'a.b': field },
    /a\.b cannot be the name/,
  ],
  'an empty name': [{ '': field }, /cannot be the name/],
  'a name that every object has': [{ constructor: field }, /constructor cannot be the name/],
  'such a name inside a field': [{ a: { ...object({ toString: text }), ...basic } }, /toString cannot be the name/],
  'the name of the prototype': [
    JSON.parse('{"__proto__":{"type":"string","x-data-class":"basic"}}'),
    /__proto__ cannot be/,
  ],
};

for (const [what, [properties, message]] of Object.entries(refused)) {
  t.test(`${what} is refused`, async (t) => {
    t.throws(() => read(properties), { message });
  });
}

t.test('a class inside a shared schema counts as one within a field', async (t) => {
  const others = { 'schemas/a/x.json': object({ b: { ...text, 'x-data-class': 'sensitive' } }) };
  t.throws(() => read({ a: { $ref: 'x.json', ...basic } }, others), { message: /lies within another one/ });
});

t.test('a schema that refers to itself ends', async (t) => {
  const endless = { 'schemas/a/loop.json': { $ref: 'loop.json' } };
  t.throws(() => read({ a: { $ref: 'loop.json', ...basic } }, endless), { message: /refers to itself|too deep/ });
  const nested = { 'schemas/a/tree.json': object({ inner: { $ref: 'tree.json' } }) };
  t.throws(() => read({ a: { $ref: 'tree.json', ...basic } }, nested), { message: /nested too deep/ });
  t.throws(() => read({ a: { $ref: 'tree.json' } }, nested), { message: /nested too deep/ });
});

t.test('an answer without the record, or without a schema, is refused', async (t) => {
  const answer = object({ found: { type: 'boolean' } });
  t.throws(() => readAnswerSchema(new Map([['k', answer]]), 'k', 'record'), { message: 'k has no property record' });
  t.throws(() => readAnswerSchema(new Map(), 'k', 'record'), { message: 'k does not exist' });
});
