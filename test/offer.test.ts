/** What a gateway offers is known from its configuration alone, and what does not fit together is told before anything starts. */

import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import type { Manifest } from '../src/adapter-kit/manifest.ts';
import { ConfigError, type ConfigFault } from '../src/config-reader.ts';
import { readOffer } from '../src/offer.ts';
import { agreementFixture } from './support/agreement-fixture.ts';
import { evidenceSettings, makeAuditor } from './support/evidence-fixture.ts';
import { type GatewaySetup, projectRoot, writeConfiguration } from './support/gateway.ts';
import { member, members, subsystem } from './support/identity-fixture.ts';
import { manifestOf } from './support/service-fixture.ts';

// Each test copies a configuration, which takes its time on a loaded machine.
t.setTimeout(120_000);

const population = await manifestOf('population');

async function configure(t: Test, setup: GatewaySetup & { readonly members?: readonly object[] }) {
  const configFolder = path.join(t.testdir({}), 'config');
  await writeConfiguration(configFolder, setup);
  if (setup.members !== undefined) {
    await writeFile(
      path.join(configFolder, 'members.yaml'),
      stringify({ members: setup.members }, { aliasDuplicateObjects: false }),
    );
  }
  return configFolder;
}

const read = (configFolder: string) => readOffer({ configFolder, projectRoot, env: {} });

async function faultsOf(configFolder: string): Promise<readonly ConfigFault[]> {
  try {
    await read(configFolder);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const places = (faults: readonly ConfigFault[]) => faults.map(({ file, at }) => `${file} ${at}`);

/** Puts an adapter beside the configuration, to be named `../own`. */
async function addAdapter(configFolder: string, manifest: unknown, schemas: Readonly<Record<string, string>> = {}) {
  const folder = path.join(configFolder, '../own');
  await mkdir(folder);
  await writeFile(
    path.join(folder, 'adapter.js'),
    `export default {
      manifest: ${JSON.stringify(manifest)},
      settingsSchema: { type: 'object', additionalProperties: false, required: ['url'], properties: { url: { type: 'string' } } },
      open: () => { throw new Error('opened') },
    };`,
  );
  for (const [file, text] of Object.entries(schemas)) {
    await mkdir(path.join(folder, 'schemas', path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, 'schemas', file), text);
  }
}

const own = [{ adapter: '../own', source: { url: 'x' } }];

t.test('the shipped configuration offers its services, and opens nothing for that', async (t) => {
  const offer = await read(path.join(projectRoot, 'config'));
  t.equal(offer.catalogue.all().length, 18);
  t.equal(offer.adapters.length, 3);
  t.equal(offer.directory.subsystem('VN/GOV/G12/tax')?.safetyLevel, 3);
});

t.test('an adapter from a folder brings its own messages and is not opened', async (t) => {
  const configFolder = await configure(t, {
    registries: own,
    agreements: [],
    members: [member('G01', []), ...members],
  });
  const [service] = population.services as [Manifest['services'][0]];
  const message = (properties: object, required: string[]) =>
    JSON.stringify({ type: 'object', additionalProperties: false, required, properties });
  await addAdapter(
    configFolder,
    { ...population, name: 'own', services: [{ ...service, code: 'ask', subsystem: 'extra', record: '/record' }] },
    {
      'extra/ask.v1.request.json': message({ pin: { $ref: '../common/pin.json' } }, ['pin']),
      'extra/ask.v1.response.json': message(
        {
          found: { type: 'boolean' },
          record: { type: 'object', properties: { name: { type: 'string', 'x-data-class': 'basic' } } },
        },
        ['found'],
      ),
    },
  );
  const { catalogue } = await read(configFolder);
  t.same(
    catalogue.all().map(({ key }) => key),
    ['VN/GOV/G01/extra/ask/v1'],
  );
});

t.test('two agreements that overlap are refused with file and path', async (t) => {
  const agreement = agreementFixture({ consumer: 'VN/GOV/G12/tax' });
  const configFolder = await configure(t, { agreements: [agreement, { ...agreement, id: 'AGR-2' }] });
  t.same(await faultsOf(configFolder), [
    {
      file: 'agreements/1.yaml',
      at: '/purposes',
      message: 'dossier-prefill is granted by AGR-1 on the same days (agreements/0.yaml)',
    },
  ]);
});

t.test('what an agreement refers to must be there', async (t) => {
  const configFolder = await configure(t, {
    agreements: [
      agreementFixture({ consumer: 'VN/GOV/G99/none' }),
      agreementFixture({ id: 'B', consumer: 'VN/GOV/G12/tax', service: 'VN/GOV/G01/population/none' }),
      agreementFixture({ id: 'C', consumer: 'VN/GOV/G12/tax', fields: ['salary'] }),
    ],
  });
  t.same(places(await faultsOf(configFolder)), [
    'agreements/0.yaml /consumer',
    'agreements/1.yaml /service',
    'agreements/2.yaml /fields/0',
  ]);
});

t.test('a registry that was taken out leaves its agreements as faults', async (t) => {
  const configFolder = await configure(t, { registries: [{ adapter: 'population', source: 'embedded' }] });
  const faults = await faultsOf(configFolder);
  t.ok(faults.length > 5);
  for (const { message } of faults) t.match(message, /^no registry offers VN\/GOV\/G(?:07|15)\//);
});

t.test('a push whose leg goes to a registry that is not there is a fault', async (t) => {
  const configFolder = await configure(t, { registries: [{ adapter: 'judicial', source: 'embedded' }] });
  t.match(await faultsOf(configFolder), [
    {
      file: 'registries.yaml',
      message: /civil-status\/register-birth: the leg assign-pin\.v1 goes to population, which is/,
    },
  ]);
});

t.test('members that mean the same are a fault of members.yaml', async (t) => {
  const twice = await configure(t, { members: [...members, ...members], agreements: [] });
  t.match(await faultsOf(twice), [{ file: 'members.yaml', at: '/', message: 'VN/GOV/G22 is registered twice' }]);
});

t.test('addresses, successors and instances of members are looked at', async (t) => {
  const plainConnection = { addresses: ['10.0.0.0/40'], services: ['VN/GOV/G01/population/verify-identity'] };
  const configFolder = await configure(t, {
    registries: [{ adapter: 'population', source: 'embedded' }],
    agreements: [],
    members: [
      { ...member('G01', []), id: 'EE/GOV/G01' },
      member('G02', [subsystem('a', 2, { plainConnection })], {
        succeededBy: { member: 'VN/GOV/G03', since: '2025-03-01' },
      }),
    ],
  });
  t.same(places(await faultsOf(configFolder)), [
    'members.yaml /members/1/succeededBy/member',
    'members.yaml /members/1/subsystems/0/plainConnection/addresses/0',
    'members.yaml /members/0/id',
    'registries.yaml /registries/0',
  ]);
});

t.test('each adapter that cannot be found or set up is told, all at once', async (t) => {
  const configFolder = await configure(t, {
    registries: [
      { adapter: 'no-such-package', source: 'embedded' },
      { adapter: './nowhere', source: 'embedded' },
      { adapter: '../own', source: 'embedded' },
      { adapter: 'population', source: { url: 7 } },
      { adapter: 'constructor', source: {} },
    ],
  });
  await addAdapter(configFolder, { ...population, name: 'own', concurrencyMax: 0 });
  const faults = await faultsOf(configFolder);
  const at = (index: number) => faults.filter((fault) => fault.at.startsWith(`/registries/${index}/`));
  t.match(at(0), [{ at: '/registries/0/adapter', message: /neither shipped .* nor an installed package/ }]);
  t.match(at(1), [{ at: '/registries/1/adapter', message: /holds neither adapter\.js nor adapter\.ts/ }]);
  t.match(at(2), [
    { at: '/registries/2/adapter', message: 'manifest.json /concurrencyMax: must be at least 1' },
    { at: '/registries/2/source', message: 'this adapter has no sample registry' },
  ]);
  t.ok(at(3).some(({ at }) => at === '/registries/3/source/url'));
  t.ok(at(4).length > 0);
});

for (const [what, file, text, told] of [
  ['is not JSON', 'extra/a.json', '{', /schemas\/extra\/a\.json is not JSON/],
  ['is no schema', 'extra/a.json', '{"type":"strange"}', /schemas\/extra\/a\.json .*type/],
  ['is there already', 'common/pin.json', '{}', /schemas\/common\/pin\.json is there already/],
] as const) {
  t.test(`a message schema of an adapter that ${what} is named`, async (t) => {
    const configFolder = await configure(t, { registries: own, agreements: [] });
    await addAdapter(configFolder, { ...population, name: 'own' }, { [file]: text });
    const error = await read(configFolder).catch((thrown: Error) => thrown);
    t.match((error as Error).message, told);
  });
}

t.test('the same registry twice is a fault', async (t) => {
  const registries = [1, 2].map(() => ({ adapter: 'population', source: 'embedded' }));
  const configFolder = await configure(t, { registries, agreements: [] });
  t.match(await faultsOf(configFolder), [{ file: 'registries.yaml', message: /is offered twice/ }]);
});

t.test('what is sealed, and for whom, must be there', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-offer-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, 'none.jwk'), '{}');
  const auditor = await makeAuditor(folder, 'auditor-1');
  const evidence = {
    ...evidenceSettings(auditor, ['VN/GOV/G01/population/get-person', 'VN/GOV/G01/population/get-horoscope']),
    auditorKeyFiles: [auditor.publicFile, auditor.privateFile, path.join(folder, 'none.jwk'), 'missing.jwk'],
  };
  const places = [
    '/evidence/auditorKeyFiles/1',
    '/evidence/auditorKeyFiles/2',
    '/evidence/auditorKeyFiles/3',
    '/evidence/services/1',
  ];
  const faults = await faultsOf(await configure(t, { settings: { evidence } }));
  t.same(
    faults.map(({ at }) => at),
    places,
  );
  t.match(faults[0], { file: 'gateway.yaml', message: /holds a private key/ });
  const twice = { ...evidence, services: [], auditorKeyFiles: [auditor.publicFile, './again.jwk'] };
  const configFolder = await configure(t, { settings: { evidence: twice } });
  await copyFile(auditor.publicFile, path.join(configFolder, 'again.jwk'));
  t.match(await faultsOf(configFolder), [{ message: 'another file has the kid "auditor-1" already' }]);
  const unknown = await configure(t, { settings: { evidence: { ...twice, retention: 1 } } });
  t.match(await faultsOf(unknown), [{ at: '/evidence/retention' }]);
});

t.test('who is sent webhooks, and where, is checked with the rest', async (t) => {
  const told = async (webhooks: Readonly<Record<string, object>>, allowPrivateAddresses: readonly string[]) => {
    const given = Object.entries(webhooks).map(([id, webhook]) => [id, { sends: ['events'], ...webhook }]);
    const setup = { webhooks: Object.fromEntries(given), settings: { webhooks: { allowPrivateAddresses } } };
    const faults = await faultsOf(await configure(t, setup));
    return faults.map(({ file, at, message }) => `${file} ${at.replace(/(?<=s\/)\d+(?=\/)/g, 'N')}: ${message}`);
  };
  const at = 'members.yaml /members/N/subsystems/N/webhook';
  const wrong = {
    'VN/GOV/G07/social-protection': { url: 'http://social.example/' },
    'VN/GOV/G12/tax': { url: 'https://user:secret@tax.example/' },
    'VN/GOV/G15/civil-status': { url: 'https://justice.example/', caFile: 'none.pem' },
  };
  t.same((await told(wrong, [])).sort(), [
    `${at}/caFile: cannot be read (ENOENT)`,
    `${at}/url: must be an https URL: http is for addresses in webhooks.allowPrivateAddresses alone`,
    `${at}/url: must have neither user nor fragment`,
  ]);
  const right = { 'VN/GOV/G12/tax': { url: 'http://10.1.2.3/' } };
  const addresses = ['fc00::/7', '10.1.2.0/24', '::1', '0.0.0.0/0', '::/0', '10.0.0.0/33'];
  t.same(await told(right, addresses), [
    'gateway.yaml /webhooks/allowPrivateAddresses/3: covers more than any network of one’s own: name that network',
    'gateway.yaml /webhooks/allowPrivateAddresses/4: covers more than any network of one’s own: name that network',
    'gateway.yaml /webhooks/allowPrivateAddresses/5: 10.0.0.0/33 is not an IP address or prefix',
  ]);
});

t.test('limits that contradict each other are faults', async (t) => {
  const settings = {
    deliveries: { sweepMs: 600_000, pollMs: 20_000, pageRows: 501 },
    bulk: { lineBytesMax: 10, requestsPerConsumerMax: 17, busyRetryMs: 10_001 },
    events: { waitSecondsMax: 90, waitingPerConsumerMax: 2001, pageEvents: 501 },
    webhooks: { timeoutMs: 30_000, backoffMs: 300_001 },
    names: { keptMs: 86_400_001, slowMs: 801 },
  };
  t.same(
    places(await faultsOf(await configure(t, { settings }))),
    Object.entries(settings).flatMap(([part, limits]) =>
      Object.keys(limits).map((limit) => `gateway.yaml /${part}/${limit}`),
    ),
  );
});
