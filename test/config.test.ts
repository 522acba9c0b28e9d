/** Every fault of the configuration at once, by file and path, before anything is opened; and no secret in what is told. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { loadConfiguration } from '../src/config.ts';
import { ConfigError, type ConfigFault } from '../src/config-reader.ts';
import { projectRoot, writeConfiguration } from './support/gateway.ts';

const schemaFolder = path.join(projectRoot, 'config');

async function copyOfConfiguration(t: Test) {
  const folder = path.join(t.testdir({}), 'config');
  await writeConfiguration(folder, {});
  const write = (file: string, text: string) => writeFile(path.join(folder, file), text);
  const edit = async (file: string, from: string | RegExp, to: string) => {
    const text = await readFile(path.join(folder, file), 'utf8');
    const edited = text.replace(from, to);
    if (edited === text) throw new Error(`${file} holds no ${from}`);
    await write(file, edited);
  };
  return { folder, write, edit };
}

async function faultsOf(folder: string, env: NodeJS.ProcessEnv = {}): Promise<readonly ConfigFault[]> {
  try {
    await loadConfiguration(folder, schemaFolder, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const places = (faults: readonly ConfigFault[]) => faults.map(({ file, at }) => `${file} ${at}`);

t.test('the shipped configuration is in order, and nobody can change it once it is read', async (t) => {
  const configuration = await loadConfiguration(schemaFolder, schemaFolder, {});
  t.equal(configuration.gateway.instance, 'VN');
  t.equal(configuration.agreements.length, 33);
  const [agreement] = configuration.agreements;
  t.match(agreement && configuration.fileOf(agreement), /^agreements\/.*\.yaml$/);
  for (const part of [configuration.gateway, configuration.gateway.http, configuration.members[0], agreement?.quota]) {
    t.ok(Object.isFrozen(part));
  }
});

t.test('gateway.patch.yaml says only what differs from gateway.yaml', async (t) => {
  const { folder, write } = await copyOfConfiguration(t);
  const before = (await loadConfiguration(folder, schemaFolder, {})).gateway;
  await write(
    'gateway.patch.yaml',
    `exchangeLog: { origin: 'log.example/\${NODE}' }\nstate: { database: { url: 'postgres://u:p@h/state' } }\n`,
  );
  const { gateway } = await loadConfiguration(folder, schemaFolder, { NODE: 'gateway-7' });
  t.equal(gateway.exchangeLog.origin, 'log.example/gateway-7');
  t.equal(gateway.exchangeLog.segmentBytes, before.exchangeLog.segmentBytes);
  t.same(gateway.state.database, { url: 'postgres://u:p@h/state' });
  await write('gateway.patch.yaml', 'http: { headersMax: null }\n');
  t.equal((await loadConfiguration(folder, schemaFolder, {})).gateway.http.headersMax, 100, 'the default is back');
  await write('gateway.patch.yaml', 'node: null\nhttp: { headersMax: many }\n');
  t.same(places(await faultsOf(folder)), [
    'gateway.yaml with gateway.patch.yaml /node',
    'gateway.yaml with gateway.patch.yaml /http/headersMax',
  ]);
  await write('gateway.patch.yaml', 'listen: {');
  t.match(places(await faultsOf(folder)), [/^gateway.patch.yaml line 1/]);
});

t.test('every fault of every file is told at once', async (t) => {
  const { folder, edit, write } = await copyOfConfiguration(t);
  await edit('gateway.yaml', 'port: 8080', 'port: 80800');
  await edit('gateway.yaml', /^ {2}graceMs/m, '  graseMs');
  await edit('members.yaml', 'safetyLevel: 4', 'safetyLevel: 6');
  await edit('registries.yaml', /^( +source: )embedded$/m, '$1embeded');
  await edit('agreements/g12-get-person.yaml', 'validFrom: 2026-01-01', 'validFrom: 2026-02-30');
  await edit('agreements/g12-get-person.yaml', /burst: \d+/, 'burst: 0');
  await write('agreements/zz.yaml', '- not\n- an\n- agreement\n');
  t.same(places(await faultsOf(folder)), [
    'gateway.yaml /listen/port',
    'gateway.yaml /shutdown/graseMs',
    'members.yaml /members/0/subsystems/0/safetyLevel',
    'registries.yaml /registries/0/source',
    'agreements/g12-get-person.yaml /validFrom',
    'agreements/g12-get-person.yaml /quota/burst',
    'agreements/zz.yaml /',
  ]);
});

t.test('every number of gateway.yaml is held to a range', async (t) => {
  const { folder, write } = await copyOfConfiguration(t);
  const settings = parse(await readFile(path.join(folder, 'gateway.yaml'), 'utf8'));
  const pointers: string[] = [];
  const negate = (value: Record<string, unknown>, pointer: string) => {
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === 'object' && inner !== null) negate(inner as Record<string, unknown>, `${pointer}/${name}`);
      if (typeof inner !== 'number') continue;
      value[name] = -1;
      pointers.push(`gateway.yaml ${pointer}/${name}`);
    }
  };
  negate(settings, '');
  t.ok(pointers.length > 40);
  await write('gateway.yaml', stringify(settings));
  t.same(places(await faultsOf(folder)).sort(), pointers.sort());
});

t.test('a file that is no YAML is told by line and column', async (t) => {
  const { folder, write } = await copyOfConfiguration(t);
  await write('members.yaml', 'members:\n  - id: "VN\n');
  const [fault] = await faultsOf(folder);
  t.match(fault, { file: 'members.yaml', at: /^line \d+, column \d+$/ });
});

for (const [what, text] of Object.entries({
  'a name that stands twice': 'registries: []\nregistries: []\n',
  'two documents': 'registries: []\n---\nregistries: []\n',
  'an alias': 'registries:\n  - &one { adapter: population, source: embedded }\n  - *one\n',
  'an alias that leads nowhere': 'registries:\n  - *one\n',
  nothing: '',
  'the name of the prototype': '__proto__: { registries: [] }\n',
  'a merge': 'base: &base { a: 1 }\nregistries:\n  - <<: *base\n',
})) {
  t.test(`a file with ${what} is a fault`, async (t) => {
    const { folder, write } = await copyOfConfiguration(t);
    await write('registries.yaml', text);
    const faults = await faultsOf(folder);
    t.ok(faults.length > 0);
    for (const { file } of faults) t.equal(file, 'registries.yaml');
  });
}

t.test('dates, codes and words stay the text that they are', async (t) => {
  const { folder, edit } = await copyOfConfiguration(t);
  await edit('agreements/g12-get-person.yaml', /legalBasis: .*/, 'legalBasis: no');
  const { agreements, members } = await loadConfiguration(folder, schemaFolder, {});
  t.match(
    agreements.find(({ id }) => id === 'AGR-2026-0014'),
    { validFrom: '2026-01-01', legalBasis: 'no' },
  );
  t.same(members[0]?.formerCodes, ['000.00.00.G01']);
});

/** How a configuration names a variable of the environment. */
const named = (name: string) => `$\{${name}}`;

t.test('a secret comes from the environment, in whatever string it is named', async (t) => {
  const { folder, write } = await copyOfConfiguration(t);
  const source = { url: `postgres://${named('DB_USER')}:${named('DB_PASSWORD')}@db/x`, list: [named('DB_USER')] };
  await write('registries.yaml', stringify({ registries: [{ adapter: 'population', source }] }));
  const { registries } = await loadConfiguration(folder, schemaFolder, {
    DB_USER: 'u',
    DB_PASSWORD: `${named('DB_USER')}: "x`,
  });
  t.same(registries[0]?.source, { url: `postgres://u:${named('DB_USER')}: "x@db/x`, list: ['u'] });
});

t.test('what the environment lacks is told by name and place, and no value of it is', async (t) => {
  const { folder, write } = await copyOfConfiguration(t);
  const source = { url: named('DB_URL') };
  await write(
    'registries.yaml',
    stringify({ registries: [{ adapter: named('ADAPTER'), source, colour: named('COLOUR') }] }),
  );
  const faults = await faultsOf(folder, { ADAPTER: 'hidden-a', COLOUR: 'hidden-b' });
  t.same(places(faults), ['registries.yaml /registries/0/source/url', 'registries.yaml /registries/0/colour']);
  t.equal(faults[0]?.message, 'the environment has no DB_URL');
  t.notMatch(new ConfigError(faults).message, /hidden/);
});

t.test('a value of the environment is text, whatever it looks like', async (t) => {
  const { folder, edit } = await copyOfConfiguration(t);
  await edit('gateway.yaml', 'port: 8080', `port: ${named('PORT')}`);
  t.same(places(await faultsOf(folder, { PORT: '8080' })), ['gateway.yaml /listen/port']);
});

t.test('a file that is not there is a fault like any other', async (t) => {
  const { folder } = await copyOfConfiguration(t);
  await rm(path.join(folder, 'members.yaml'));
  await rm(path.join(folder, 'agreements'), { recursive: true });
  t.match(await faultsOf(folder), [
    { file: 'members.yaml', message: 'cannot be read (ENOENT)' },
    { file: 'agreements', message: 'cannot be listed (ENOENT)' },
  ]);
});

t.test('a folder without the schemas is in order, no folder is a fault', async (t) => {
  const { folder } = await copyOfConfiguration(t);
  await rm(path.join(folder, 'agreement.schema.json'));
  t.same(await faultsOf(folder), []);
  t.match(await faultsOf(path.join(folder, 'none')), [{ message: 'there is no such folder' }]);
});

t.test('files beside the agreements that are no YAML are left alone', async (t) => {
  const { folder, write } = await copyOfConfiguration(t);
  await write('agreements/README.md', '# {');
  await write('agreements/old.yaml.bak', '{');
  t.same(await faultsOf(folder), []);
});
