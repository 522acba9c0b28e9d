/** The whole benchmark in its smallest form: that it works and clears up; how fast anything is, is no test's matter. */

import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import type { Results } from '../../bench/report.ts';

const bench = path.join(import.meta.dirname, '../../bench/run.ts');
const measured = ['cache-hit', 'bulk-query', 'record'];
const smallest = ['--rounds', '1', '--seconds', '0.6', '--warmup-seconds', '1', '--connections', '4'];

// A busy machine takes a minute to fill a PostgreSQL.
t.setTimeout(300_000);

/** Not in the temporary folder of the machine, which may lie in memory. */
async function dataFolder(t: Test): Promise<string> {
  const place = path.join(import.meta.dirname, 'data');
  await mkdir(place, { recursive: true });
  const folder = await mkdtemp(path.join(place, 'bench-'));
  t.teardown(async () => {
    await rm(folder, { recursive: true, force: true });
    // Another run of the tests may still have its folder in it.
    await rmdir(place).catch(() => undefined);
  });
  return folder;
}

t.test('a run measures each side, writes results and chart, and leaves nothing else', async (t) => {
  const folder = await dataFolder(t);
  const [json, chart] = ['results.json', 'ratios.svg'].map((name) => path.join(folder, name)) as [string, string];
  const given = [...smallest, '--only', measured.join(','), '--data', folder, '--json', json, '--chart', chart];
  const { stdout } = await promisify(execFile)(process.execPath, [bench, ...given]);
  const text = await readFile(json, 'utf8');
  const { ratios, rounds, versions } = JSON.parse(text) as Results;
  t.same(Object.keys(ratios), measured);
  for (const { scenario, own, reference } of rounds) {
    const numbers = [own.perSecond, own.cpuMicros, reference.perSecond, reference.cpuMicros];
    t.ok(
      numbers.every((number) => Number.isFinite(number) && Number(number) > 0),
      `${scenario}: ${numbers}`,
    );
    t.match(stdout, new RegExp(`^\\| ${scenario} .*\\| ~?(yes|no) +\\|`, 'm'));
  }
  t.equal(versions.node, process.versions.node);
  t.match(await readFile(chart, 'utf8'), /^<svg /);
  t.notMatch(text, folder);
  t.notMatch(text, `"${hostname()}"`);
  t.same((await readdir(folder)).sort(), ['ratios.svg', 'results.json']);
  t.equal(processesIn(folder), '');
});

t.test('Ctrl-C ends a run in the middle, and nothing of it stays', async (t) => {
  const folder = await dataFolder(t);
  const run = spawn(process.execPath, [bench, '--only', 'cache-hit', '--data', folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(run, 'exit');
  for await (const text of run.stdout.setEncoding('utf8')) if (text.includes('cache-hit:')) break;
  run.kill('SIGINT');
  t.same(await exited, [130, null]);
  t.same(await readdir(folder), []);
  t.equal(processesIn(folder), '');
});

t.test('a run that cannot be meant says how it is used', async (t) => {
  const failure = await promisify(execFile)(process.execPath, [bench, '--only', 'all']).catch((error) => error);
  t.match(failure, { code: 2, stderr: /there is no scenario "all"[\s\S]*--quick/ });
});

/** Those that name the folder on their command line, as PostgreSQL does. */
function processesIn(folder: string): string {
  const all = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
  return all
    .split('\n')
    .filter((line) => line.includes(folder))
    .join('\n');
}
