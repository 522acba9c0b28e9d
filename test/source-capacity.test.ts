/** What a source carries at once bounds what its registry is asked, for queries, deliveries and workers alike, and nothing else does. */

import t from 'tap';
import population from '../adapters/population/adapter.ts';
import { tellCapacity } from '../src/compose-registries.ts';
import { callsMaxOf, capacityNotes, withinCapacity } from '../src/source-capacity.ts';
import { shippedCatalogue } from './support/service-fixture.ts';

const settings = { url: 'postgres://registry.example/p', poolMax: 16, connectTimeoutMs: 1000 };

t.test('services and legs of a registry are bounded by its source, those of others are not', async (t) => {
  const { all, find, versionsOf } = withinCapacity(shippedCatalogue, new Map([['population', 16]]));
  for (const service of all()) {
    t.equal(service.registryConcurrencyMax, service.registry === 'population' ? 16 : 64, service.key);
    t.same(versionsOf(service.id).includes(service), true);
    t.equal(find(service.id, service.version), service);
    if (service.kind === 'query') continue;
    for (const { registry, registryConcurrencyMax } of service.legs) {
      t.equal(registryConcurrencyMax, registry === 'population' ? 16 : 64);
    }
  }
});

t.test('a source that carries more changes nothing', async (t) => {
  const { all } = withinCapacity(shippedCatalogue, new Map([['population', 256]]));
  t.ok(all().every(({ registryConcurrencyMax }) => registryConcurrencyMax === 64));
});

t.test('who checks a configuration is told which registry is asked less than its manifest allows', async (t) => {
  const loaded = (source: 'embedded' | typeof settings) => ({
    entry: { adapter: 'population', source },
    definition: population,
    schemaFolder: undefined,
  });
  t.match(capacityNotes([loaded('embedded'), loaded(settings), loaded({ ...settings, poolMax: 64 })]), [
    { file: 'registries.yaml', at: '/registries/1/source', message: /asks population 16 calls at once.*allows 64/ },
  ]);
});

t.test('the log says so at the start, and is silent about the others', async (t) => {
  const said: unknown[] = [];
  const info = (fields: unknown) => void said.push(fields);
  tellCapacity(shippedCatalogue, new Map(Object.entries({ population: 16, judicial: 64 })), { info });
  t.match(said, [{ registry: 'population', callsMax: 16, concurrencyMax: 64 }]);
  t.equal(said.length, 1);
});

t.test('an adapter that says nothing sets no bound, and one that says nonsense is named', async (t) => {
  const { callsMax: _unsaid, ...silent } = population;
  t.equal(callsMaxOf(silent, settings), undefined);
  const says = (callsMax: number) => () => callsMaxOf({ ...population, callsMax: () => callsMax }, settings);
  for (const nonsense of [0, -1, 1.5, Number.NaN]) t.throws(says(nonsense), /population says that its source carries/);
});
