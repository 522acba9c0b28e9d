/** The suite of all adapters, on both engines and on the registry that the embedded default stands up. */

import t, { type Test } from 'tap';
import { castPins } from '../../../adapters/sample-people/index.ts';
import adapter from '../../../adapters/social-affairs/adapter.ts';
import { seed } from '../../../adapters/social-affairs/seed.ts';
import type { SqlSourceSettings } from '../../../src/adapter-kit/index.ts';
import { type AdapterCase, adapterContract } from '../../contracts/adapter.ts';
import { startEmbeddedHost } from '../../support/embedded-host.ts';
import { startMariaDb, startPostgres } from '../../support/servers.ts';

const unknownPin = '099199999999';
const cases: readonly AdapterCase[] = [
  {
    service: 'check-benefit-eligibility.v1',
    title: 'a benefit that is being paid',
    message: { pin: castPins.sau, category: 'disabled' },
    found: true,
  },
  {
    service: 'check-benefit-eligibility.v1',
    title: 'a benefit of a stranger',
    message: { pin: unknownPin, category: 'elderly' },
    found: false,
  },
  {
    service: 'get-meritorious-status.v1',
    title: 'merit under a replaced PIN',
    message: { pin: castPins.binhReplaced },
    answer: {
      found: true,
      meritorious: { type: 'martyr-relative', fileNumber: 'LS-000099', since: '2004-07-27' },
    },
    found: true,
  },
  {
    service: 'get-meritorious-status.v1',
    title: 'no merit under the new PIN',
    message: { pin: castPins.binh },
    answer: { found: false },
    found: false,
  },
  {
    service: 'get-household-poverty.v1',
    title: 'a near-poor household, latest review',
    message: { pin: castPins.sau },
    found: true,
  },
  {
    service: 'get-household-poverty.v1',
    title: 'a year without a review',
    message: { pin: castPins.sau, year: 2010 },
    found: false,
  },
  { service: 'get-insurance.v1', title: 'a worker', message: { pin: castPins.hoa }, found: true },
  { service: 'get-insurance.v1', title: 'a stranger', message: { pin: unknownPin }, found: false },
];

for (const [engine, startServer] of Object.entries({ PostgreSQL: startPostgres, MariaDB: startMariaDb })) {
  t.test(engine, async (t) => {
    const { url } = await startServer(t);
    const settings = { url, poolMax: 8, connectTimeoutMs: 2000 };
    await seed(settings);
    await underContract(t, settings);
  });
}

t.test('the registry of the embedded default', async (t) => {
  const host = await startEmbeddedHost(t, adapter.manifest.name);
  const settings = await adapter.embedded?.(host);
  t.ok(settings);
  t.strictSame(await adapter.embedded?.(host), settings, 'a second call finds what the first made');
  if (settings !== undefined) await underContract(t, settings);
});

async function underContract(t: Test, settings: SqlSourceSettings): Promise<void> {
  await adapterContract(t, { definition: adapter, settings, cases });
}
