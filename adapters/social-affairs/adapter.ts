/** Opens the social-affairs registry, MariaDB or PostgreSQL, and answers its four services from plain SQL. */

import {
  defineAdapter,
  type Manifest,
  type SqlSourceSettings,
  sqlSource,
  sqlSourceSettingsSchema,
} from '../../src/adapter-kit/index.ts';
import manifest from './manifest.json' with { type: 'json' };
import { socialAffairsServices } from './services.ts';

export default defineAdapter<SqlSourceSettings>({
  manifest: manifest as Manifest,
  settingsSchema: sqlSourceSettingsSchema,
  async open(settings) {
    const source = sqlSource(settings, new URL('./', import.meta.url));
    return {
      services: socialAffairsServices(source, Date.now),
      check: (signal) => source.check(signal),
      close: () => source.close(),
    };
  },
  async embedded(host) {
    const { seed } = await import('./seed.ts');
    const { url } = await host.database('social_affairs');
    const settings = { url, poolMax: 8, connectTimeoutMs: 2000 };
    await seed(settings);
    return settings;
  },
});
