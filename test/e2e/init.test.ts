/** From an empty folder to an answered query, with what `lienthong init` writes, as the processes that an operator starts. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { readOffer } from '../../src/offer.ts';
import { projectRoot } from '../support/gateway.ts';
import { gatewayMain, serve } from '../support/gateway-process.ts';
import { freePort } from '../support/servers.ts';

// The sample registry makes its database first.
t.setTimeout(240_000);

const run = promisify(execFile);
const lienthong = (...args: string[]) => run(process.execPath, [gatewayMain, ...args], { timeout: 60_000 });

async function emptyFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-init-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

t.test('a new configuration is in order, serves, and answers the consumer that it names', async (t) => {
  const folder = await emptyFolder(t);
  const config = path.join(folder, 'own');
  const data = path.join(folder, 'data');
  const { stdout: told } = await lienthong('init', config);
  t.match(told, `check --config ${config}\n`);
  const { stdout: checked } = await lienthong('check', '--config', config);
  t.match(checked, /^The configuration is in order: 2 members, 2 subsystems, 1 agreement\.\n/);
  t.notMatch(checked, /warning/);

  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { child } = await serve(t, { config, data, port, url, log: path.join(data, 'exchange-log') });
  const [, consumer = ''] = /token (\S+) --config/.exec(told) ?? [];
  const { stdout: token } = await lienthong('token', consumer, '--config', config, '--data', data);
  const [, service = '', message = ''] = /8080(\/r1\/\S+)[^{]*(\{.*\})/s.exec(told) ?? [];
  const response = await fetch(url + service, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-road-client': consumer,
      authorization: `Bearer ${token.trim()}`,
    },
    body: message,
  });
  t.equal(response.status, 200);
  t.match(await response.json(), { found: true, person: { pin: '099190000001', status: 'active' } });

  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  t.same(await exit, [0, null]);
});

t.test('whoever operates it is named, and asks the example registry', async (t) => {
  const config = await emptyFolder(t);
  const options = ['--code', 'H21.123', '--node', 'pleiku-1', '--origin', 'log.example/p1'];
  const { stdout } = await lienthong('init', config, ...options);
  t.match(stdout, 'token VN/GOV/H21.123/portal ');
  const { configuration, warnings } = await readOffer({ configFolder: config, projectRoot, env: {} });
  t.same(warnings, []);
  t.same(
    configuration.members.map(({ id }) => id),
    ['VN/GOV/H21.123', 'VN/GOV/G01'],
  );
  t.match(configuration.agreements, [{ consumer: 'VN/GOV/H21.123/portal' }]);
  t.match(configuration.gateway, { node: 'pleiku-1', exchangeLog: { origin: 'log.example/p1' } });
});

t.test('the owner of the example registry may begin with a system of another name', async (t) => {
  const config = await emptyFolder(t);
  await lienthong('init', config, '--subsystem', 'investigation');
  const { configuration, warnings } = await readOffer({ configFolder: config, projectRoot, env: {} });
  t.same(warnings, []);
  const [operator] = configuration.members;
  t.same(
    operator?.subsystems.map(({ code }) => code),
    ['investigation', 'population'],
  );

  const files = (await readdir(config, { recursive: true })).filter((name) => name.endsWith('.yaml'));
  t.equal(files.length, 4);
  for (const name of files) {
    const file = path.join(config, name);
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(await readFile(file, 'utf8')) ?? [];
    const beside = path.resolve(path.dirname(file), schema);
    const shipped = path.join(projectRoot, 'config', path.basename(schema));
    t.equal(await readFile(beside, 'utf8'), await readFile(shipped, 'utf8'), `an editor finds the schema of ${name}`);
  }
});

t.test('nothing is written over, and nothing is written that would not be in order', async (t) => {
  const folder = await emptyFolder(t);
  const file = path.join(folder, 'notes.txt');
  await writeFile(file, 'kept');
  t.match(await refusal('init', folder), /lienthong-init-\w+ is not empty \(notes\.txt\): name another folder/);
  t.same(await readdir(folder), ['notes.txt']);
  t.match(await refusal('init', file), /notes\.txt is a file: name a folder/);
  const made = path.join(folder, 'made');
  t.match(
    await refusal('init', made, '--code', 'G5', '--node', 'A B'),
    /\/node: must match .*\n.*\n.*\/members\/0\/id: /,
  );
  t.match(await refusal('init', made, '--instance', 'EE'), /--instance must be VN here/);
  t.notOk(existsSync(made));
});

async function refusal(...args: string[]): Promise<string> {
  try {
    await lienthong(...args);
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
  throw new Error('it succeeded');
}
