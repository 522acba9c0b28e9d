/** Manifests and schemas become services, or do not fit together and say where. */

import t from 'tap';
import type { Manifest, PushManifest, QueryManifest } from '../../src/adapter-kit/manifest.ts';
import { createCatalogue } from '../../src/catalogue/catalogue.ts';
import type { JsonSchema } from '../../src/catalogue/schema-store.ts';
import { manifestOf, shippedCatalogue, shippedPush, shippedSchemas } from '../support/service-fixture.ts';

const population = await manifestOf('population');
const [firstService] = population.services as [QueryManifest];

function create(manifests: readonly Manifest[], schemas = shippedSchemas, canonical = (id: string) => id) {
  return createCatalogue(manifests, { schemas, compile: () => () => [], subsystems: ['VN/GOV/G22/portal'], canonical });
}

/** The population manifest with one service, changed. */
const withService = (changes: Partial<QueryManifest>): Manifest => ({
  ...population,
  services: [{ ...firstService, ...changes }],
});

t.test('a service is what its manifest says', async (t) => {
  t.match(shippedCatalogue.find('VN/GOV/G01/population/get-person', 'v1'), {
    id: 'VN/GOV/G01/population/get-person',
    key: 'VN/GOV/G01/population/get-person/v1',
    kind: 'query',
    registry: 'population',
    handler: 'get-person.v1',
    officialRequired: false,
    timeoutMs: 2000,
    cacheTtlMs: 60_000,
    staleIfErrorMs: 600_000,
    record: 'person',
    fieldsSelector: 'fields',
    registryConcurrencyMax: 64,
    registryQueueMax: 128,
    registryQueueWaitMs: 1000,
    documentation: { requestSchema: 'schemas/population/get-person.v1.request.json' },
  });
  t.equal(shippedCatalogue.all().length, 18);
});

t.test('the subject of a message is the text at its pointer', async (t) => {
  const service = shippedCatalogue.all()[0];
  t.equal(service?.subjectOf({ pin: '099190000001' }), '099190000001');
  t.equal(service?.subjectOf({ pin: 7 }), undefined);
  t.equal(service?.subjectOf({}), undefined);
});

t.test('what is not offered is not found', async (t) => {
  const id = 'VN/GOV/G01/population/get-person';
  for (const [service, version] of [
    [id, 'v2'],
    [id, ''],
    [id, 'v1/'],
    [id, 'v1/x'],
    [`${id}/v1`, ''],
    ['VN/GOV/G01/population/GET-PERSON', 'v1'],
    ['constructor', ''],
    ['', ''],
  ] as const) {
    t.equal(shippedCatalogue.find(service, version), undefined, `${service} ${version}`);
  }
});

t.test("a service is found under its owner's former code", async (t) => {
  const former = (id: string) => id.replace('000.00.00.G01', 'G01');
  const catalogue = create([population], shippedSchemas, former);
  t.match(catalogue.find('VN/GOV/000.00.00.G01/population/get-person', 'v1'), {
    id: 'VN/GOV/G01/population/get-person',
  });
});

t.test('each subsystem has its meta-services, also one that offers nothing', async (t) => {
  for (const subsystem of ['VN/GOV/G01/population', 'VN/GOV/G22/portal']) {
    for (const method of ['listMethods', 'allowedMethods', 'getOpenAPI']) {
      t.match(shippedCatalogue.find(`${subsystem}/${method}`, ''), { kind: 'meta', method, subsystem });
    }
  }
  t.equal(shippedCatalogue.find('VN/GOV/G99/none/listMethods', ''), undefined);
  t.equal(shippedCatalogue.find('VN/GOV/G22/portal/listMethods', 'v1'), undefined);
});

t.test('a service offered twice is refused', async (t) => {
  const key = `VN/GOV/G01/population/${firstService.code}/v1`;
  t.throws(() => create([population, { ...withService({}), name: 'other' }]), {
    message: `other: ${key} is offered twice`,
  });
});

const unfit: Readonly<Record<string, [Partial<QueryManifest>, RegExp]>> = {
  'schemas that are not there': [
    { code: 'get-nothing' },
    /schemas\/population\/get-nothing\.v1\.re\w+\.json does not exist/,
  ],
  'a record that the answer lacks': [{ record: '/nothing' }, /response\.json has no property nothing/],
  'a record below the top level': [{ record: '/match/fullName' }, /record must point to a member of the top level/],
  'a record that is the whole answer': [{ record: '' }, /record must point to a member of the top level/],
  'a subject that requests need not hold': [{ subject: '/sex' }, /request\.json: the subject sex is not required/],
  'a subject that requests do not know': [{ subject: '/number' }, /request\.json: the subject number is not required/],
  'a choice of fields that requests do not know': [
    { fieldsSelector: '/fields' },
    /request\.json has no property fields/,
  ],
};

for (const [what, [changes, message]] of Object.entries(unfit)) {
  t.test(`a manifest with ${what} is refused`, async (t) => {
    t.throws(() => create([withService(changes)]), { message });
  });
}

t.test('escapes in a pointer are undone', async (t) => {
  const schemas = new Map<string, JsonSchema>(shippedSchemas);
  const request = shippedSchemas.get('schemas/population/verify-identity.v1.request.json');
  const properties = { ...(request?.properties as object), 'a/b~1': { type: 'string' } };
  schemas.set('schemas/population/verify-identity.v1.request.json', { ...request, properties, required: ['a/b~1'] });
  const service = create([withService({ subject: '/a~1b~01' })], schemas).all()[0];
  t.equal(service?.subjectOf({ 'a/b~1': 'x' }), 'x');
});

const judicial = await manifestOf('judicial');
const socialAffairs = await manifestOf('social-affairs');
const birth = judicial.services.find(({ code }) => code === 'register-birth') as PushManifest;
const createPush = (changes: Partial<PushManifest>) =>
  create([population, { ...judicial, services: [{ ...birth, ...changes }] }, socialAffairs]);

t.test('a push knows its legs, its subject and whom it concerns', async (t) => {
  const push = shippedPush('register-birth');
  t.match(push, {
    key: 'VN/GOV/G15/civil-status/register-birth/v1',
    kind: 'push',
    event: 'birth-registered',
    legs: [
      { registry: 'judicial', delivery: 'register-birth.v1', state: undefined, registryConcurrencyMax: 64 },
      { registry: 'population', delivery: 'assign-pin.v1', state: 'awaiting-pin', registryConcurrencyMax: 64 },
      { registry: 'judicial', delivery: 'record-pin.v1' },
    ],
    retry: { triesMax: 50, ageHoursMax: 168, backoffMinMs: 1000, backoffMaxMs: 300_000 },
    documentation: { answerSchema: 'schemas/civil-status/register-birth.v1.response.json' },
  });
  const [mother, father, declarant] = ['1', '2', '3'].map((pin) => ({ pin }));
  t.equal(push.subjectOf({ mother, father, declarant }), '1');
  t.equal(push.subjectOf({ mother: { fullName: 'x' }, father, declarant }), '2');
  t.equal(push.subjectOf({ declarant }), '3');
  t.same(push.concernsOf({ mother, father: mother, declarant }), ['1']);
  t.same(push.concernsOf({ declarant }), []);
});

t.test('a push without legs goes to its own registry', async (t) => {
  t.match(shippedPush('report-residence-change').legs, [
    { registry: 'population', delivery: 'report-residence-change.v1' },
  ]);
});

const [firstLeg, secondLeg] = birth.legs ?? [];
const undeliverable: Readonly<Record<string, [Partial<PushManifest>, RegExp]>> = {
  'a leg to nowhere': [{ legs: [{ registry: 'x', delivery: 'y.v1' }] }, /goes to x, which is no registry here/],
  'a leg that its registry does not take': [
    { legs: [{ registry: 'population', delivery: 'y.v1' }] },
    /registry population takes no y\.v1/,
  ],
  'two legs of one name': [{ legs: [firstLeg, firstLeg] as PushManifest['legs'] & object }, /two legs are called/],
  'a state that every exchange can have': [
    { legs: [{ ...(secondLeg as object), state: 'delivered' } as never] },
    /delivered cannot be the name of a state/,
  ],
  'a subject that is nowhere in the message': [{ subject: ['/child/pin'] }, /subject \/child\/pin is not in schemas/],
  'a subject that a message may lack': [{ subject: ['/mother/pin'] }, /none of the subjects \/mother\/pin is in every/],
  'concerns that are nowhere in the message': [{ concerns: ['/uncle'] }, /concerns \/uncle is not in schemas/],
  'a pointer that is none': [{ concerns: ['mother'] }, /must be a JSON pointer to a member/],
  'a shortest pause above the longest': [
    { retry: { ...birth.retry, backoffMinMs: 400_000 } },
    /backoffMinMs is above backoffMaxMs/,
  ],
};

for (const [what, [changes, message]] of Object.entries(undeliverable)) {
  t.test(`a push with ${what} is refused`, async (t) => {
    t.throws(() => createPush(changes), { message });
  });
}
