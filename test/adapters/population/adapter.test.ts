import t from 'tap';
import adapter from '../../../adapters/population/adapter.ts';
import { adapterContract } from '../../contracts/adapter.ts';
import { startEmbeddedHost } from '../../support/embedded-host.ts';
import { cases } from './cases.ts';

t.test('the population adapter', async (t) => {
  const host = await startEmbeddedHost(t, 'population');
  const settings = await adapter.embedded?.(host);
  if (settings === undefined) throw new Error('the adapter has an embedded form');

  t.test('a second start finds its data', async (t) => {
    const startedMs = Date.now();
    t.strictSame(await adapter.embedded?.(host), settings);
    t.ok(Date.now() - startedMs < 1000);
  });

  await adapterContract(t, { definition: adapter, settings, cases });
});
