/** A further log that was taken away, wholly or by its checkpoint, is missed: by the check of the data folder, and by a start of fewer workers. */

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { loadConfiguration } from '../src/config.ts';
import { type DataLog, dataLog } from '../src/data-logs.ts';
import type { Offer } from '../src/offer.ts';
import { openFoundation } from '../src/premises.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { projectRoot } from './support/gateway.ts';
import { openTestLog, recordEntries } from './support/log-fixture.ts';

t.setTimeout(120_000);

const run = promisify(execFile);
const schemaFolder = path.join(projectRoot, 'config');
const configuration = await loadConfiguration(schemaFolder, schemaFolder, {});
const { origin } = configuration.gateway.exchangeLog;
const keysOfLogs: string[] = [];

const root = await mkdtemp(path.join(tmpdir(), 'lienthong-lost-'));
t.teardown(() => rm(root, { recursive: true, force: true }));
const whole = path.join(root, 'whole');
await mkdir(path.join(whole, 'keys'), { recursive: true, mode: 0o700 });
for (const number of [1, 2]) await leaveLog(dataLog(whole, origin, number), 300);

async function leaveLog({ folder, headCopy, origin: name }: DataLog, entries: number): Promise<void> {
  const log = await openTestLog({ folder, headCopy, origin: name });
  await recordEntries(log, entries);
  await log.close();
  keysOfLogs.push(log.vkey);
}

const verify = async (data: string, ...more: string[]) =>
  (await run(process.execPath, [path.join(projectRoot, 'src/main.ts'), 'log', 'verify', data, ...more])).stdout;

/** Of a gateway of one process, or of any number of workers: all stand on this. */
async function start(data: string, name = origin): Promise<void> {
  const logger = createLogger({ level: 'silent' }, 'test');
  const gateway = { ...configuration.gateway, exchangeLog: { ...configuration.gateway.exchangeLog, origin: name } };
  const offer = { configuration: { ...configuration, gateway } } as Offer;
  const foundation = await openFoundation({ offer, dataFolder: data, logger, processes: 1 });
  await foundation.close();
}

async function without(...paths: readonly string[]): Promise<string> {
  const data = await mkdtemp(path.join(root, 'data-'));
  await cp(whole, data, { recursive: true });
  for (const one of paths) await rm(path.join(data, one), { recursive: true });
  return data;
}

const second = 'workers/2/exchange-log';
const copy = 'keys/exchange-log-2.checkpoint';
const withKeys = ['--key', keysOfLogs.join('\n')];
const signed = `${second}/checkpoint: the file is missing, though the log had signed 300 entries (${copy})`;
const holds = `${second}/checkpoint: the file is missing, though the log holds entries`;

t.test('two logs that are there are checked and stood on', async (t) => {
  t.match(await verify(whole, ...withKeys), new RegExp(`${origin}, 300[^]*${origin}/2, 300`));
  await start(whole);
});

t.test('a log without its checkpoint, or without anything, is missed', async (t) => {
  for (const [gone, told] of [
    [[`${second}/checkpoint`], signed],
    [[second], signed],
    [['workers'], signed],
    [[`${second}/checkpoint`, copy], holds],
  ] as const) {
    const data = await without(...gone);
    await t.rejects(verify(data), { code: 1, stderr: told }, `${gone}`);
    await t.rejects(start(data), { name: 'LogDamage', message: told }, `${gone}`);
    await t.rejects(start(data), { message: new RegExp(`Restore the newest ${second}/\\. If it is gone for good`) });
  }
});

t.test('where nothing of it is left, a key that names it tells', async (t) => {
  const data = await without(second, copy);
  await t.rejects(verify(data, ...withKeys), {
    code: 1,
    stdout: /The log is whole: /,
    stderr: `${origin}/2: a key of this log was given, and ${data} has no such log`,
  });
  t.match(await verify(data, '--log', '1', ...withKeys), '300 entries', 'not where one log alone is asked for');
});

t.test('what goes on under another origin does not miss the logs that it gave up', async (t) => {
  const data = await without('exchange-log', second);
  await leaveLog(dataLog(data, `${origin}-b`, 1), 1);
  t.match(await verify(data), `${origin}-b, 1 entries`);
  await start(data, `${origin}-b`);
  await t.rejects(start(data), { message: signed }, 'under the former one they are missed');
});
