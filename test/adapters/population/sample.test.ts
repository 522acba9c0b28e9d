/** The whole sample through the services: what the cast alone would not show. */

import t from 'tap';
import adapter from '../../../adapters/population/adapter.ts';
import { asCallerWrites, type SamplePerson, samplePopulation } from '../../../adapters/sample-people/index.ts';
import type { Registry } from '../../../src/adapter-kit/index.ts';
import { startEmbeddedHost } from '../../support/embedded-host.ts';
import { messageSchemas } from '../../support/message-schemas.ts';

t.test('the sample through the services', async (t) => {
  const host = await startEmbeddedHost(t, 'population');
  const settings = await adapter.embedded?.(host);
  if (settings === undefined) throw new Error('the adapter has an embedded form');
  const registry = await adapter.open(settings);
  t.teardown(() => registry.close());
  const { people } = samplePopulation();
  const schemas = messageSchemas();

  t.test('every kind of person makes valid answers', async (t) => {
    const kinds = new Map<string, SamplePerson>();
    for (const person of people) {
      const { status, relation, maritalStatus, dateOfBirth, writing, ethnicity, temporary, death } = person;
      const facts = [
        status,
        relation,
        maritalStatus,
        dateOfBirth.precision,
        writing,
        ethnicity,
        temporary !== undefined,
      ];
      kinds.set([...facts, death?.date.precision].join(), person);
    }
    t.ok(kinds.size > 100);
    for (const service of ['verify-identity', 'get-person', 'get-household', 'confirm-residence']) {
      const requestViolations = schemas.compile(`schemas/population/${service}.v1.request.json`);
      const responseViolations = schemas.compile(`schemas/population/${service}.v1.response.json`);
      for (const person of kinds.values()) {
        const message = service === 'verify-identity' ? claimOf(person) : { pin: person.pin };
        const violations = [
          ...requestViolations(message),
          ...responseViolations(await ask(registry, service, message)),
        ];
        if (violations.length > 0) t.same(violations, [], `${service} ${person.pin}`);
      }
    }
  });

  t.test('callers who write names their own way are understood', async (t) => {
    for (const [writing, fullName] of [
      ['nfd', 'exact'],
      ['tone-variant', 'tone-variant'],
    ]) {
      const some = people.filter((person) => person.writing === writing).slice(0, 50);
      t.equal(some.length, 50);
      for (const person of some) {
        t.match(await ask(registry, 'verify-identity', claimOf(person)), {
          match: { fullName, dateOfBirth: 'exact', sex: 'exact' },
        });
      }
    }
  });

  t.test('an address keeps the codes of its day: 52 is Bình Định before the merger and Gia Lai after it', async (t) => {
    const moved = people.find(
      ({ permanent, current, status }) =>
        status === 'active' &&
        permanent.address.province.name === 'Tỉnh Bình Định' &&
        current.address.province.code === '52',
    );
    const answer = await ask(registry, 'confirm-residence', { pin: moved?.pin });
    t.match(answer, {
      residence: {
        permanent: { address: { province: { code: '52', name: 'Tỉnh Bình Định' }, district: { code: '540' } } },
        current: { address: { province: { code: '52', name: 'Tỉnh Gia Lai' }, asOf: /^2025-/ } },
      },
    });
  });
});

function claimOf(person: SamplePerson) {
  return { pin: person.pin, fullName: asCallerWrites(person), dateOfBirth: person.dateOfBirth, sex: person.sex };
}

async function ask(registry: Registry, service: string, message: object): Promise<unknown> {
  const handler = registry.services[`${service}.v1`];
  return handler?.(message as never, {
    signal: AbortSignal.timeout(10_000),
    exchangeId: '01981f2e-7c00-7000-8000-000000000000',
  });
}
