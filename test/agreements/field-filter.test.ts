/** A field that is not granted cannot be printed: for any schema, any answer and any set of fields. */

import t from 'tap';
import { compileFieldFilter, narrowFieldFilter } from '../../src/agreements/field-filter.ts';
import { readAnswerSchema } from '../../src/catalogue/answer-schema.ts';
import type { JsonSchema } from '../../src/catalogue/schema-store.ts';
import type { QueryService } from '../../src/exchange/services.ts';
import type { RegistryAnswer } from '../../src/exchange/types.ts';
import { createRandom, type Random } from '../support/random-fixture.ts';
import { shippedService } from '../support/service-fixture.ts';

const names = ['a', 'b', 'ab', 'name', 'nameOther', 'x1', 'found', 'record', 'length', 'then'];
const runs = 300;

/** A random schema of something inside a field. */
function valueSchema(random: Random, depth: number): JsonSchema {
  const type = random.pick(['string', 'integer', 'number', 'boolean', ...(depth > 0 ? ['array', 'object'] : [])]);
  if (type === 'array') return { type, items: valueSchema(random, depth - 1) };
  return type === 'object' ? objectSchema(random, () => valueSchema(random, depth - 1)) : { type };
}

/** A random container: its members are fields, or containers again, some of them lists. */
function containerSchema(random: Random, depth: number): JsonSchema {
  const container = objectSchema(random, () =>
    depth > 0 && random.chance(0.4)
      ? containerSchema(random, depth - 1)
      : { ...valueSchema(random, 2), 'x-data-class': 'basic' },
  );
  return random.chance(0.3) ? { type: 'array', items: container } : container;
}

function objectSchema(random: Random, make: () => JsonSchema): JsonSchema {
  const chosen = names.filter(() => random.chance(0.4));
  const members = chosen.length > 0 ? chosen : ['only'];
  return { type: 'object', properties: Object.fromEntries(members.map((name) => [name, make()])) };
}

/** A random value that the schema allows, some members absent. */
function valueFor(random: Random, schema: JsonSchema): unknown {
  switch (schema.type) {
    case 'string':
      return random.text(random.chance(0.1) ? 40 : 5);
    case 'integer':
      return random.below(2 ** 40) - 2 ** 39;
    case 'number':
      return (random.next() - 0.5) * 10 ** random.below(20);
    case 'boolean':
      return random.chance(0.5);
    case 'array':
      return Array.from({ length: random.below(4) }, () => valueFor(random, schema.items as JsonSchema));
    default: {
      const properties = Object.entries(schema.properties as Record<string, JsonSchema>);
      const present = properties.filter(() => random.chance(0.8));
      return Object.fromEntries(present.map(([name, inner]) => [name, valueFor(random, inner)]));
    }
  }
}

/** What may remain of a value, worked out by copying instead of printing. */
function allowed(value: unknown, schema: JsonSchema, granted: ReadonlySet<string>, path: string): unknown {
  if (granted.has(path)) return value;
  if (Array.isArray(value)) return value.map((item) => allowed(item, schema.items as JsonSchema, granted, path));
  const kept: Record<string, unknown> = {};
  const { properties } = schema as { properties: Record<string, JsonSchema> };
  for (const [name, inner] of Object.entries(value as object)) {
    const innerPath = path === '' ? name : `${path}.${name}`;
    const wanted = [...granted].some((field) => field === innerPath || field.startsWith(`${innerPath}.`));
    if (wanted) kept[name] = allowed(inner, properties[name] as JsonSchema, granted, innerPath);
  }
  return kept;
}

/** Whether any value stands at the path. */
function holds(value: unknown, [segment, ...rest]: readonly string[]): boolean {
  if (segment === undefined) return value !== undefined;
  if (Array.isArray(value)) return value.some((item) => holds(item, [segment, ...rest]));
  return typeof value === 'object' && holds((value as Record<string, unknown>)[segment], rest);
}

t.test('for random schemas, answers and field sets, what is printed holds exactly the granted fields', async (t) => {
  for (let seed = 0; seed < runs; seed += 1) {
    const random = createRandom(seed);
    const record = containerSchema(random, 3);
    const answerJsonSchema = { type: 'object', properties: { found: { type: 'boolean' }, person: record } };
    const read = readAnswerSchema(new Map([['k', answerJsonSchema]]), 'k', 'person');
    const service = { ...shippedService('get-person'), record: 'person', ...read } as QueryService;
    const fields = [...read.fields.keys()].filter(() => random.chance(0.5)).sort();
    const disclose = compileFieldFilter(service, fields);
    const answer: RegistryAnswer = { found: true, person: valueFor(random, record) };
    const disclosure = disclose(answer);
    const expected = { found: true, person: allowed(answer.person, record, new Set(fields), '') };
    const told = fields.filter((path) => holds(answer.person, path.split('.')));
    if (!t.strictSame(JSON.parse(disclosure.content), JSON.parse(JSON.stringify(expected)), `seed ${seed}`)) return;
    if (!t.same(disclosure.fields, told, `fields of seed ${seed}`)) return;
    const chosen = fields.filter(() => random.chance(0.5));
    const narrowed = narrowFieldFilter(disclose, service, chosen)(answer);
    if (!t.same(narrowed, compileFieldFilter(service, chosen)(answer), `choice of seed ${seed}`)) return;
  }
});

t.test('a choice of what is not granted prints nothing of it', async (t) => {
  const service = shippedService('get-person');
  const narrowed = narrowFieldFilter(compileFieldFilter(service, ['fullName']), service, [
    'fullName',
    'pin',
    'religion',
  ]);
  t.same(narrowed(person), {
    content: '{"found":true,"person":{"fullName":"Nguyễn Thị \\"Hòa\\""}}',
    fields: ['fullName'],
  });
});

const person = {
  found: true,
  person: {
    pin: '099190000001',
    fullName: 'Nguyễn Thị "Hòa"',
    religion: 'Không',
    residence: { permanent: { line: 'a' }, current: { line: 'b' } },
  },
};

t.test('without a granted field only the finding is disclosed', async (t) => {
  const { content, fields } = compileFieldFilter(shippedService('get-person'), [])(person);
  t.equal(content, '{"found":true,"person":{}}');
  t.same(fields, []);
});

t.test('of what was not found nothing is printed but that', async (t) => {
  const filter = compileFieldFilter(shippedService('get-person'), ['fullName']);
  t.same(filter({ found: false }), { content: '{"found":false}', fields: [] });
});

t.test('a member that the schema does not know is never printed', async (t) => {
  const filter = compileFieldFilter(shippedService('get-person'), ['fullName']);
  const answer = JSON.parse(
    '{"found":true,"secret":1,"person":{"fullName":"Hòa","__proto__":{"pin":"1"},"constructor":2,"secret":3}}',
  );
  t.equal(filter(answer).content, '{"found":true,"person":{"fullName":"Hòa"}}');
});

t.test('a path that is no field cannot be compiled', async (t) => {
  for (const path of ['residence', 'residence.', 'secret', 'constructor', '__proto__', '', 'fullName.length']) {
    t.throws(() => compileFieldFilter(shippedService('get-person'), [path]), { message: /has no field/ }, path);
  }
});

t.test('only the granted part of a container is printed', async (t) => {
  const filter = compileFieldFilter(shippedService('get-person'), ['residence.current']);
  t.same(filter(person), {
    content: '{"found":true,"person":{"residence":{"current":{"line":"b"}}}}',
    fields: ['residence.current'],
  });
});

t.test('an empty list tells something, so it counts as disclosed', async (t) => {
  const filter = compileFieldFilter(shippedService('check-benefit-eligibility'), ['currentBenefits', 'eligible']);
  const { content, fields } = filter({ found: true, eligibility: { currentBenefits: [] } });
  t.equal(content, '{"found":true,"eligibility":{"currentBenefits":[]}}');
  t.same(fields, ['currentBenefits']);
});

t.test('a list of containers holds a field where one of them does', async (t) => {
  const filter = compileFieldFilter(shippedService('get-household'), ['members.pin', 'members.relation']);
  const answer = { found: true, household: { members: [{}, { pin: '1' }], code: 'x' } };
  t.same(filter(answer), {
    content: '{"found":true,"household":{"members":[{},{"pin":"1"}]}}',
    fields: ['members.pin'],
  });
});
