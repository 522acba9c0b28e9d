/** `lienthong check` names every fault by file and path, and nothing starts with one. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { describeOffer } from '../../src/cli/check.ts';
import { projectRoot, writeConfiguration } from '../support/gateway.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(300_000);

const run = promisify(execFile);
const main = path.join(projectRoot, 'src/main.ts');

async function configuration(t: Test): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-check-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeConfiguration(folder, {});
  return folder;
}

t.test('the shipped configuration is in order', async (t) => {
  const { stdout } = await run(process.execPath, [main, 'check']);
  t.match(stdout, /in order: 25 members, 31 subsystems, 33 agreements/);
});

t.test('one of something is told of as one', async (t) => {
  const configuration = { members: [{ subsystems: [{}] }], agreements: [{}] };
  t.equal(
    describeOffer({ configuration, warnings: [], catalogue: { all: () => [{ key: 'a/v1' }] } }),
    'The configuration is in order: 1 member, 1 subsystem, 1 agreement.\n1 service:\n  a/v1',
  );
});

t.test('every fault is named at once, by file and path', async (t) => {
  const folder = await configuration(t);
  const edit = async (file: string, from: string | RegExp, to: string) => {
    const whole = path.join(folder, file);
    await writeFile(whole, (await readFile(whole, 'utf8')).replace(from, to));
  };
  await edit('gateway.yaml', 'bodyBytesMax: 262144', 'bodyBytesMax: many');
  await edit('agreements/g07-get-person.yaml', 'purposes: [benefit-decision]', 'purposes: []');
  await appendFile(path.join(folder, 'agreements/h41-verify-identity.yaml'), 'colour: red\n');
  const { stderr } = await fails(['check', '--config', folder]);
  t.match(stderr, /gateway\.yaml \/http\/bodyBytesMax: /);
  t.match(stderr, /agreements\/g07-get-person\.yaml \/purposes: /);
  t.match(stderr, /agreements\/h41-verify-identity\.yaml \/colour: /);
});

t.test('faults of witness.yaml are told with those of the gateway', async (t) => {
  const folder = await configuration(t);
  const witness = path.join(folder, 'witness.yaml');
  await writeFile(witness, (await readFile(witness, 'utf8')).replace('logs: []', 'logs: [{ key: x }]'));
  const alone = await fails(['check', '--config', folder]);
  t.match(alone.stderr, /^ {2}witness\.yaml \/logs\/0\/key: /m);
  await writeFile(witness, 'name: [\n');
  await rm(path.join(folder, 'members.yaml'));
  const { stderr } = await fails(['check', '--config', folder]);
  t.match(stderr, /^ {2}members\.yaml: cannot be read \(ENOENT\)$/m);
  t.match(stderr, /^ {2}witness\.yaml line \d+, column \d+: /m);
  t.notMatch(stderr, / at line /, 'the place is told once');
  t.match((await fails(['check', '--config', witness])).stderr, /witness\.yaml: is a file: name the folder/);
});

t.test('references that lead nowhere are faults', async (t) => {
  const folder = await configuration(t);
  const file = path.join(folder, 'agreements/g07-get-person.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('G07/social-protection', 'G07/nobody').replace('fullName', 'shoeSize'));
  const { stderr } = await fails(['serve', '--config', folder, '--data', path.join(folder, 'data')]);
  t.match(stderr, /agreements\/g07-get-person\.yaml \/consumer: VN\/GOV\/G07\/nobody is not a subsystem/);
  t.match(stderr, /agreements\/g07-get-person\.yaml \/fields\/1: .* has no field shoeSize; it has /);
});

t.test('what the configuration refers to is checked with it', async (t) => {
  const folder = await configuration(t);
  const edit = async (file: string, from: string, to: string) => {
    const whole = path.join(folder, file);
    await writeFile(whole, (await readFile(whole, 'utf8')).replace(from, to));
  };
  await edit('gateway.yaml', '# trustedKeysFile: trusted-keys.json', 'trustedKeysFile: keys.json');
  await writeFile(path.join(folder, 'keys.json'), JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }));
  await edit(
    'members.yaml',
    'services: [VN/GOV/G01/population/verify-identity]',
    'services: [VN/GOV/G01/population/verify]',
  );
  await edit('registries.yaml', 'adapter: judicial', 'adapter: judiciary');
  const first = await fails(['check', '--config', folder]);
  t.match(
    first.stderr,
    /gateway\.yaml \/identity\/trustedKeysFile: .*keys\.json \/keys\/0: must be an Ed25519 or P-256 key/,
  );
  t.match(first.stderr, /registries\.yaml \/registries\/1\/adapter: judiciary is neither shipped/);
  await edit('registries.yaml', 'adapter: judiciary', 'adapter: judicial');
  await edit('gateway.yaml', 'trustedKeysFile: keys.json', '');
  const { stdout } = await run(process.execPath, [main, 'check', '--config', folder]);
  t.match(
    stdout,
    /warning: members\.yaml .*\/plainConnection\/services\/0: no registry offers VN\/GOV\/G01\/population\/verify\n/,
  );
});

t.test('what is hardly meant is warned of', async (t) => {
  const { stdout } = await run(process.execPath, [main, 'check']);
  t.match(stdout, /warning: agreements\/h38-102-verify-identity\.yaml \/consumer: .* has safety level 1/);
});

t.test('sample people without a sample registry are warned of, and the other way round', async (t) => {
  const folder = await configuration(t);
  await writeFile(path.join(folder, 'gateway.patch.yaml'), 'validation: { samplePins: null }\n');
  const refusing = await run(process.execPath, [main, 'check', '--config', folder]);
  t.match(
    refusing.stdout,
    /warning: registries\.yaml \/registries\/2\/source: a sample registry holds invented people/,
  );
  await rm(path.join(folder, 'gateway.patch.yaml'));
  await rm(path.join(folder, 'agreements'), { recursive: true });
  await mkdir(path.join(folder, 'agreements'));
  const source = '{ url: "postgres://registry.example/p", poolMax: 64, connectTimeoutMs: 1000 }';
  const registries = `registries:\n  - { adapter: population, source: ${source} }\n`;
  await writeFile(path.join(folder, 'registries.yaml'), registries);
  const accepting = await run(process.execPath, [main, 'check', '--config', folder]);
  t.match(accepting.stdout, /warning: gateway\.yaml \/validation\/samplePins: numbers of invented people are accepted/);
  const shipped = await run(process.execPath, [main, 'check']);
  t.notMatch(shipped.stdout, /invented/);
});

t.test('a sample registry beside a state database that several gateways may share is warned of', async (t) => {
  const folder = await configuration(t);
  await writeFile(
    path.join(folder, 'gateway.patch.yaml'),
    'state: { database: { url: "postgres://state.example/s" } }\n',
  );
  const { stdout } = await run(process.execPath, [main, 'check', '--config', folder]);
  t.match(stdout, /warning: registries\.yaml \/registries\/2\/source: a sample registry is this gateway’s own/);
  const shipped = await run(process.execPath, [main, 'check']);
  t.notMatch(shipped.stdout, /this gateway’s own/);
});

t.test('a folder that is not there is said to be so', async (t) => {
  const { stderr } = await fails(['check', '--config', '/no/such/folder']);
  t.match(stderr, /\/no\/such\/folder: there is no such folder/);
});

t.test('a command makes no data folder out of a slip of the pen, and names what it lacks', async (t) => {
  const nowhere = path.join(t.testdir({}), 'nowhere');
  for (const command of [
    ['index', 'status'],
    ['index', 'rebuild'],
    ['evidence', 'reapply-erasures'],
    ['keys', 'list'],
    ['log', 'key'],
    ['token', 'VN/GOV/G12/tax'],
  ]) {
    const { stderr } = await fails([...command, '--data', nowhere]);
    t.match(stderr, /nowhere is no data folder: there is no such folder; name that of the gateway with --data\n$/);
  }
  t.notOk(existsSync(nowhere));
});

t.test('what cannot be used is told with what would be right', async (t) => {
  const folder = t.testdir({ empty: {} });
  const missing = path.join(folder, 'missing');
  const readme = path.join(projectRoot, 'README.md');
  const key = 'x+12345678+AAAA';
  // As golang.org/x/mod/sumdb/note prints one.
  const goodKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  for (const [said, ...command] of [
    [/missing: there is no such folder/, 'log', 'verify', missing],
    [/checkpoint: the file is missing: .*empty holds no log/, 'log', 'verify', path.join(folder, 'empty')],
    [/--key is empty/, 'log', 'verify-receipt', missing, '--key', ''],
    [/README\.md is no receipt, or a damaged one: /, 'log', 'verify-receipt', readme, '--key', goodKey],
    [/--key is no verifier key, or cut off .*"lienthong log key" prints it/, 'log', 'verify', missing, '--key', key],
    [/--witness is no verifier key.*"lienthong witness --key"/, 'log', 'verify', projectRoot, '--witness', 'nonsense'],
    [/a citizen's token is for a personal number: it must be/, 'token', '12345', '--role', 'citizen'],
    [/--url must be an address such as/, 'audit', 'search', '--url', 'localhost:8080', '--token', 'x'],
    [/set LIENTHONG_TOKEN/, 'audit', 'search', '--url', 'http://127.0.0.1:9', '--token', ''],
  ] as const) {
    const { code, stderr } = await fails(command);
    t.equal(code, 1);
    t.match(stderr, said);
  }
});

t.test('a secret that the environment lacks is a fault', async (t) => {
  const folder = await configuration(t);
  const name = '$' + '{NO_SUCH_SECRET}';
  const source = `registries:\n  - adapter: population\n    source: { url: "${name}", poolMax: 1, connectTimeoutMs: 1 }\n`;
  await writeFile(path.join(folder, 'registries.yaml'), source);
  const { stderr } = await fails(['check', '--config', folder]);
  t.match(stderr, /registries\.yaml \/registries\/0\/source\/url: the environment has no NO_SUCH_SECRET/);
});

async function fails(args: readonly string[]): Promise<{ code: number; stderr: string }> {
  try {
    await run(process.execPath, [main, ...args], { timeout: 60_000 });
  } catch (error) {
    return error as { code: number; stderr: string };
  }
  throw new Error('it succeeded');
}
