/** The shipped messages keep the conventions of schemas/README.md, so that catalogue and field filter can rely on them. */

import t from 'tap';
import { messageSchemas, readSchemas, type Schema } from './support/message-schemas.ts';

const schemas = readSchemas();
const isCommon = (key: string) => key.startsWith('schemas/common/');
/** Pushes, each with the properties of its result. */
const expectedResults: Readonly<Record<string, string>> = {
  'civil-status/register-birth': 'registration pin householdCode',
  'civil-status/register-death': 'registration',
  'civil-status/register-marriage': 'registration',
  'civil-status/correct-civil-status': 'registration',
  'population/report-residence-change': 'since householdCode',
  'social-protection/report-benefit-decision': 'decisionNumber from to',
  'social-protection/report-funeral-allowance': 'decisionNumber amountVnd',
};
const resultKeys = new Set(Object.keys(expectedResults).map((name) => `schemas/${name}.v1.response.json`));
/** The answer of a query. */
const isResponse = (key: string) => key.endsWith('.response.json') && !resultKeys.has(key);
const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Record and fields by service; sensitive fields carry a star. */
const expectedFields: Readonly<Record<string, readonly [string, string]>> = {
  'population/verify-identity': ['match', 'fullName dateOfBirth sex pinStatus'],
  'population/get-person': [
    'person',
    'pin status replacedBy fullName otherName dateOfBirth sex birthRegistrationPlace nativePlace ethnicity* religion* ' +
      'nationality bloodGroup* oldIdentityNumber residence.permanent residence.temporary residence.current ' +
      'maritalStatus father mother spouse representative householdCode death phone email',
  ],
  'population/get-household': [
    'household',
    'code head members.pin members.fullName members.dateOfBirth members.sex members.relation residence',
  ],
  'population/confirm-residence': ['residence', 'permanent temporary current'],
  'civil-status/get-marital-status': ['maritalStatus', 'status at since registration spouse'],
  'civil-status/get-civil-status-record': [
    'extract',
    'birth.child birth.mother birth.father birth.declarant birth.notificationNumber birth.multiplicity birth.order ' +
      'birth.registration marriages.husband marriages.wife marriages.registration marriages.endedOn ' +
      'marriages.endedBy marriages.judgmentNumber death.deceased death.date death.time death.place death.cause* ' +
      'death.noticeNumber death.registration',
  ],
  'judicial-records/get-criminal-record-status': ['criminalRecord', 'status* form certificate* details*'],
  'social-protection/check-benefit-eligibility': ['eligibility', 'eligible reasons* currentBenefits*'],
  'social-protection/get-meritorious-status': ['meritorious', 'type fileNumber degreePercent* since'],
  'social-protection/get-household-poverty': ['poverty', 'householdCode year class scoreB1 scoreB2'],
  'social-insurance/get-insurance': ['insurance', 'social health*'],
};

/** Each schema object within a schema that describes a value: the root, every property and every item. */
function* described(schema: Schema, path: string): Generator<[string, Schema]> {
  yield [path, schema];
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Schema)) {
    if (isObject(property)) yield* described(property, `${path}.${name}`);
  }
  if (isObject(schema.items)) yield* described(schema.items, `${path}[]`);
}

function* references(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* references(item);
  if (!isObject(value)) return;
  if (typeof value.$ref === 'string') yield value.$ref;
  for (const member of Object.values(value)) yield* references(member);
}

/** The name and schema of the record of an answer. */
function recordOf(schema: Schema): [string, Schema] {
  const [name, ...others] = Object.keys(schema.properties as Schema).filter((member) => member !== 'found');
  if (name === undefined || others.length > 0) throw new Error('an answer has one record');
  return [name, (schema.properties as Record<string, Schema>)[name] as Schema];
}

/** Walks containers down to the fields, arrays being transparent. */
function* fieldsOf(container: Schema, prefix = ''): Generator<[string, Schema]> {
  for (const [name, property] of Object.entries(container.properties as Record<string, Schema>)) {
    if ('x-data-class' in property) yield [prefix + name, property];
    else yield* fieldsOf((property.items ?? property) as Schema, `${prefix}${name}.`);
  }
}

t.test('every schema compiles in strict mode', async (t) => {
  const validation = messageSchemas();
  for (const key of schemas.keys()) t.doesNotThrow(() => validation.compile(key), key);
});

t.test('every schema has examples and allows them', async (t) => {
  const validation = messageSchemas();
  for (const [key, schema] of schemas) {
    const examples = schema.examples as unknown[];
    t.ok(examples?.length > 0, `${key} has examples`);
    const validate = validation.compile(key);
    for (const [index, example] of examples.entries()) t.same(validate(example), [], `${key} example ${index}`);
  }
});

t.test('no example names anybody outside the sample range', async (t) => {
  for (const [key, schema] of schemas) {
    for (const [pin] of JSON.stringify(schema.examples).matchAll(/(?<![0-9])[0-9]{12}(?![0-9])/g)) {
      t.match(pin, /^099/, key);
    }
  }
});

t.test('every schema, property and item has its texts in English and Vietnamese', async (t) => {
  const vietnameseLetter = /[À-ỹĐđ]/u;
  for (const [key, schema] of schemas) {
    for (const [path, part] of described(schema, key)) {
      const vi = part['x-vi'] as { title: string; description: string };
      t.match(part, { title: /\S/, description: /\S/, 'x-vi': { title: /\S/, description: /\S/ } }, path);
      t.match(`${vi.title} ${vi.description}`, vietnameseLetter, `${path} is written with diacritics`);
    }
  }
});

t.test('a schema has the dialect, no $id, no $defs and refuses unknown members', async (t) => {
  for (const [key, schema] of schemas) {
    t.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema', key);
    t.notMatch(JSON.stringify(schema), /"\$(?:id|defs|anchor)":/, key);
    for (const [path, part] of described(schema, key)) {
      const refines = '$ref' in part;
      if ('properties' in part && !refines) t.equal(part.additionalProperties, false, path);
    }
  }
});

t.test('references are relative paths into common/, and every common schema is referred to', async (t) => {
  const used = new Set<string>();
  for (const [key, schema] of schemas) {
    for (const reference of references(schema)) {
      const target = new URL(reference, `file:///${key}`).pathname.slice(1);
      t.ok(schemas.has(target) && isCommon(target), `${key} → ${reference}`);
      used.add(target);
    }
  }
  const forConfiguration = ['schemas/common/organisation-code.json', 'schemas/common/organisation-code-legacy.json'];
  const unused = [...schemas.keys()].filter((key) => isCommon(key) && !used.has(key));
  t.same(unused.sort(), forConfiguration.sort());
});

t.test('every service has two messages, and every query asks by PIN', async (t) => {
  const messages = [...schemas.keys()].filter((key) => !isCommon(key));
  const services = new Set(messages.map((key) => key.replace(/\.(?:request|response)\.json$/, '')));
  t.same(
    [...services].sort(),
    [...Object.keys(expectedFields), ...Object.keys(expectedResults)].map((name) => `schemas/${name}.v1`).sort(),
  );
  t.equal(messages.length, 2 * services.size);
  for (const service of services) {
    if (resultKeys.has(`${service}.response.json`)) continue;
    const request = schemas.get(`${service}.request.json`) as Schema;
    t.match(request, { required: ['pin'], properties: { pin: { $ref: '../common/pin.json' } } }, service);
  }
});

t.test('an answer is found with its record or not found without', async (t) => {
  const validation = messageSchemas();
  for (const [key, schema] of schemas) {
    if (!isResponse(key)) continue;
    const [name] = recordOf(schema);
    const validate = validation.compile(key);
    t.same(validate({ found: false }), [], key);
    t.same(validate({ found: true, [name]: {} }), [], `${key}: a record may lack every field`);
    t.match(validate({ found: true }), [{ pointer: `/${name}`, rule: 'required' }], key);
    t.match(validate({ found: false, [name]: {} }), [{ pointer: `/${name}`, message: 'must be absent' }], key);
    t.match(
      validate({})
        .map((violation) => violation.pointer)
        .sort(),
      ['/found', `/${name}`].sort(),
      key,
    );
  }
});

t.test('no container of a record requires a field, since what is not granted is absent', async (t) => {
  const walk = (container: Schema, path: string): void => {
    t.notOk('required' in container, path);
    for (const [name, property] of Object.entries(container.properties as Record<string, Schema>)) {
      if ('x-data-class' in property) continue;
      t.ok('properties' in property || 'properties' in (property.items as Schema), `${path}.${name} is a container`);
      walk((property.items ?? property) as Schema, `${path}.${name}`);
    }
  };
  for (const [key, schema] of schemas) if (isResponse(key)) walk(recordOf(schema)[1], key);
});

t.test('data classes stand on fields alone: never inside a field, never in requests or common schemas', async (t) => {
  for (const [key, schema] of schemas) {
    const classes = JSON.stringify(schema).match(/"x-data-class":/g)?.length ?? 0;
    const results = resultKeys.has(key) ? Object.keys(schema.properties as Schema).length : 0;
    t.equal(classes, isResponse(key) ? [...fieldsOf(recordOf(schema)[1])].length : results, key);
  }
});

t.test('the fields of each answer and their classes are these', async (t) => {
  for (const [service, [record, fields]] of Object.entries(expectedFields)) {
    const [name, schema] = recordOf(schemas.get(`schemas/${service}.v1.response.json`) as Schema);
    const found = [...fieldsOf(schema)].map(([path, field]) => path + (field['x-data-class'] === 'basic' ? '' : '*'));
    t.equal(name, record, service);
    t.same(found, fields.split(' '), service);
  }
});

t.test('the results of each push are these', async (t) => {
  for (const [push, members] of Object.entries(expectedResults)) {
    const { properties } = schemas.get(`schemas/${push}.v1.response.json`) as Schema;
    t.same(Object.keys(properties as Schema), members.split(' '), push);
    for (const member of Object.values(properties as Schema)) t.match(member, { 'x-data-class': /basic|sensitive/ });
  }
});

/** What a push's message must not say, although each of its members is right by itself; the rule and where it is broken. */
const contradictions: readonly (readonly [string, (message: Message) => void, string])[] = [
  ['civil-status/register-birth', (m) => Object.assign(m.father, m.mother), 'x-differ /father/pin'],
  ['civil-status/register-birth', (m) => Object.assign(m, { order: 2 }), 'maximum /order'],
  ['civil-status/register-birth', (m) => Object.assign(m, { multiplicity: 'twin', order: 3 }), 'maximum /order'],
  ['civil-status/register-birth', (m) => Object.assign(m, { declaredOn: '2026-10-27' }), 'x-date-order /declaredOn'],
  [
    'civil-status/register-birth',
    (m) => Object.assign(m.child, { dateOfBirth: { value: '1989', precision: 'year' } }),
    'x-date-order /child/dateOfBirth',
  ],
  ['civil-status/register-birth', (m) => Object.assign(m, { declaredOn: '2999-01-01' }), 'x-not-future /declaredOn'],
  ['civil-status/register-birth', (m) => Object.assign(m.child, { sex: 'other' }), 'enum /child/sex'],
  ['civil-status/register-death', (m) => Object.assign(m, { declaredOn: '2026-10-31' }), 'x-date-order /declaredOn'],
  [
    'civil-status/register-death',
    (m) => Object.assign(m, { dateOfDeath: { value: '2026-12', precision: 'month' } }),
    'x-date-order /declaredOn',
  ],
  [
    'civil-status/register-death',
    (m) => Object.assign(m, { dateOfDeath: { value: '1987', precision: 'year' } }),
    'x-date-order /dateOfDeath',
  ],
  ['civil-status/register-death', (m) => Object.assign(m, { declarant: m.deceased }), 'x-differ /declarant/pin'],
  ['civil-status/register-marriage', (m) => Object.assign(m, { wife: m.husband }), 'x-differ /wife/pin'],
  ['civil-status/correct-civil-status', (m) => Object.assign(m, { newValue: m.oldValue }), 'x-differ /newValue'],
  [
    'civil-status/correct-civil-status',
    (m) => Object.assign(m, { newValue: { value: '1990', precision: 'year' } }),
    'type /newValue',
  ],
  ['civil-status/correct-civil-status', (m) => Object.assign(m, { field: 'sex' }), 'enum /field'],
  [
    'population/report-residence-change',
    (m) => Object.assign(m.household, { action: 'join' }),
    'required /household/code',
  ],
  ['population/report-residence-change', (m) => Object.assign(m, { kind: 'current' }), 'false schema /household'],
  [
    'population/report-residence-change',
    (m) => Object.assign(m.residence, { since: '2999-01-01' }),
    'x-not-future /residence/since',
  ],
  ['social-protection/report-benefit-decision', (m) => Object.assign(m, { to: '2026-10-31' }), 'x-date-order /to'],
  ['social-protection/report-benefit-decision', (m) => Object.assign(m, { monthlyVnd: 750_000.5 }), 'type /monthlyVnd'],
  ['social-protection/report-benefit-decision', (m) => Object.assign(m, { action: 'stop' }), 'required /stops'],
  [
    'social-protection/report-funeral-allowance',
    (m) => Object.assign(m, { recipient: m.deceased }),
    'x-differ /recipient/pin',
  ],
];

/** Those parts of examples that are written over, or put where they should not be. */
type Message = Readonly<
  Record<'child' | 'deceased' | 'father' | 'household' | 'husband' | 'mother' | 'oldValue' | 'residence', object>
>;

t.test('messages of pushes that contradict themselves are refused, by rule and place', async (t) => {
  const validation = messageSchemas({ nowMs: () => Date.parse('2026-12-31T12:00:00+07:00') });
  for (const [push, spoil, expected] of contradictions) {
    const key = `schemas/${push}.v1.request.json`;
    const [example] = structuredClone(schemas.get(key)?.examples) as [Message];
    spoil(example);
    const violations = validation
      .compile(key)(example)
      .map(({ rule, pointer }) => `${rule} ${pointer}`);
    t.ok(violations.includes(expected), `${push}: ${expected}, told ${violations.join('; ')}`);
  }
});
