/** The manifest against the schema of all manifests, and that schema against what no manifest may say. */

import { readFile } from 'node:fs/promises';
import t from 'tap';
import adapter from '../../../adapters/social-affairs/adapter.ts';
import { createValidation } from '../../../src/validation/index.ts';

const schemaUrl = new URL('../../../adapters/manifest.schema.json', import.meta.url);
const validation = createValidation({ samplePins: true, errorsMax: 10 });
validation.add('manifest.schema.json', JSON.parse(await readFile(schemaUrl, 'utf8')));
const violations = validation.compile('manifest.schema.json');
const { manifest } = adapter;
const [service] = manifest.services;
const push = manifest.services.find(({ kind }) => kind === 'push');

const refused: Readonly<Record<string, unknown>> = {
  'an unknown member': { ...manifest, colour: 'red' },
  'an owner that is a subsystem': { ...manifest, owner: 'VN/GOV/G07/social-protection' },
  'no service': { ...manifest, services: [] },
  'the same service twice': { ...manifest, services: [service, service] },
  'a code in capitals': { ...manifest, services: [{ ...service, code: 'GetPerson' }] },
  'a version that is no version': { ...manifest, services: [{ ...service, version: '1' }] },
  'a record below the top level': { ...manifest, services: [{ ...service, record: '/a/b' }] },
  'a title in one language': { ...manifest, services: [{ ...service, title: { en: 'Title' } }] },
  'no time limit': { ...manifest, services: [{ ...service, timeoutMs: 0 }] },
  'stale answers of what is never cached': { ...manifest, services: [{ ...service, cacheTtlSeconds: 0 }] },
  'a share above the whole': {
    ...manifest,
    services: [{ ...service, breaker: { ...service?.breaker, errorThresholdPercent: 101 } }],
  },
  'a push without a subject': { ...manifest, services: [{ ...push, subject: [] }] },
  'a push that is answered from a cache': { ...manifest, services: [{ ...push, cacheTtlSeconds: 60 }] },
  'a query with legs': { ...manifest, services: [{ ...service, legs: [{ registry: 'x', delivery: 'y.v1' }] }] },
  'a leg without a delivery': { ...manifest, services: [{ ...push, legs: [{ registry: 'population' }] }] },
  'a delivery without a version': { ...manifest, deliveries: ['note-death'] },
  'a push that is tried for ever': { ...manifest, services: [{ ...push, retry: {} }] },
};

t.test('the manifest keeps to the schema', async (t) => {
  t.strictSame(violations(manifest), []);
});

for (const [what, value] of Object.entries(refused)) {
  t.test(`a manifest with ${what} is refused`, async (t) => {
    t.ok(violations(value).length > 0);
  });
}

t.test('a service that is never cached and never stale is accepted', async (t) => {
  const uncached = { ...service, cacheTtlSeconds: 0, staleIfErrorSeconds: 0 };
  t.strictSame(violations({ ...manifest, services: [uncached] }), []);
});
