/** Opens the population registry, a PostgreSQL database, answers its four queries and takes its deliveries in plain SQL. */

import {
  defineAdapter,
  type EmbeddedHost,
  type Manifest,
  type SqlSourceSettings,
  sqlSource,
  sqlSourceSettingsSchema,
} from '../../src/adapter-kit/index.ts';
import { populationDeliveries } from './deliveries/index.ts';
import manifest from './manifest.json' with { type: 'json' };
import { populationServices } from './services.ts';

export default defineAdapter<SqlSourceSettings>({
  manifest: manifest as Manifest,
  settingsSchema: sqlSourceSettingsSchema,
  callsMax: ({ poolMax }) => poolMax,
  async open(settings) {
    const source = sqlSource(settings, new URL('./', import.meta.url));
    return {
      services: populationServices(source),
      deliveries: populationDeliveries(source),
      check: (signal) => source.check(signal),
      close: () => source.close(),
    };
  },
  embedded: standUpSample,
});

/** The sample people are loaded only here: a gateway on a real registry has no use for them. */
async function standUpSample(host: EmbeddedHost): Promise<SqlSourceSettings> {
  const { seed } = await import('./seed.ts');
  const { url } = await host.database('population');
  // A machine that starts everything at once is slow to begin with; nobody's exchange waits for this connection.
  await seed({ url, connectTimeoutMs: 60_000 });
  return { url, poolMax: 16, connectTimeoutMs: 2000 };
}
