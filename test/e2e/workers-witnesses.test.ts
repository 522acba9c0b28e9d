/** The log of each worker has its own cosignatures, and one that lacks them holds up nobody but its worker. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { openKeys } from '../../src/embedded/keys.ts';
import { createIdentity } from '../../src/exchange-log/identity.ts';
import { eventually } from '../support/eventually.ts';
import { writeConfiguration } from '../support/gateway.ts';
import { createPlace } from '../support/gateway-process.ts';
import { freePort } from '../support/servers.ts';
import { troubledSetup } from '../support/troubled.ts';
import { cosignersOf, makeWitnessKey, startTestWitness } from '../support/witness-fixture.ts';
import { askOnce, endGateway, entriesByLog, lienthong, logKeys, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(240_000);

const origins = ['lienthong.example/gateway-1', 'lienthong.example/gateway-1/2'] as const;
const limits = {
  ...{ wanted: 1, without: 'refuse', timeoutMs: 1000, graceMs: 800, backoffMs: 50, backoffMsMax: 200 },
  answerBytesMax: 4096,
  clockSkewMsMax: 60_000,
};
const place = await createPlace(t);
const keysFolder = path.join(place.data, 'keys');
await mkdir(keysFolder, { recursive: true, mode: 0o700 });
const key = await openKeys(keysFolder).signingKey('exchange-log');
const [firstLog, secondLog] = origins.map((origin) => createIdentity(origin, key).vkey) as [string, string];
const [privateKey, port] = [makeWitnessKey(), await freePort()];
const folder = `${place.data}.witness`;
let begun = false;
const startWitness = async (...logs: string[]) => {
  const isBegun = begun;
  begun = true;
  return startTestWitness(t, { folder, logs, privateKey, port, isBegun });
};

let witness = await startWitness(firstLog, secondLog);
const { url, vkey } = witness;
await writeConfiguration(place.config, {
  ...troubledSetup,
  settings: {
    exchangeLog: { origin: origins[0], checkpointIntervalMs: 50, witnesses: { ...limits, list: [{ url, key: vkey }] } },
    health: { checkIntervalMs: 1 },
  },
});
const gateway = await serveWorkers(t, place);
const askEach = async () => Promise.all(Array.from({ length: 4 }, () => askOnce(place, undefined)));
const statuses = async () => (await askEach()).map(({ status }) => status).sort();
const checkpointOf = async (number: number) => (await askOnce(place, undefined, `/log/${number}/checkpoint`)).body;
const health = async () => JSON.parse((await askOnce(place, undefined, '/health/ready')).body);
const workersOf = ({ dependencies }: { dependencies: { name: string; ok: boolean }[] }) =>
  dependencies.filter(({ name }) => name.startsWith('worker-')).map(({ ok }) => ok);

/** Each log has entries, and a checkpoint over all of them that the witness cosigned. */
async function allCosigned(): Promise<boolean> {
  for (const [number, entries] of await entriesByLog(place)) {
    const note = await checkpointOf(number);
    if (Number(note.split('\n')[1]) < entries.length || entries.length === 0) return false;
    if (cosignersOf(note, [witness]).length === 0) return false;
  }
  return true;
}

t.test('each log is cosigned under its own name', async (t) => {
  t.same(await statuses(), [200, 200, 200, 200]);
  await eventually(allCosigned);
  t.same(new Set(witness.cosigned.map(({ origin }) => origin)), new Set(origins));
  t.same(workersOf(await health()), [true, true]);
});

t.test('where the witness does not know one of them, that one refuses and the other serves', async (t) => {
  await witness.close();
  witness = await startWitness(firstLog);
  await eventually(async () => (await statuses()).join() === '200,200,503,503');
  const before = await entriesByLog(place);
  const answers = await askEach();
  for (const { body, headers } of answers.filter(({ status }) => status === 503)) {
    t.match(JSON.parse(body), { code: 'witnesses-missing' });
    t.match(headers, { 'retry-after': '5' });
  }
  const after = await entriesByLog(place);
  t.equal(after.get(2)?.length, before.get(2)?.length, 'what is refused so is not recorded');
  t.equal(after.get(1)?.length, (before.get(1)?.length ?? 0) + 2);
  const { status, dependencies } = await health();
  t.equal(status, 'degraded');
  t.same(workersOf({ dependencies }), [true, false]);
});

t.test('when it knows both again, both serve', async (t) => {
  await witness.close();
  witness = await startWitness(firstLog, secondLog);
  await eventually(async () => (await statuses()).join() === '200,200,200,200');
  await eventually(allCosigned);
  t.same(workersOf(await health()), [true, true]);
  t.same(witness.evidence, []);
  t.same(await endGateway(gateway), [0, null]);
  const keys = (await logKeys(place)).join('\n');
  const told = await lienthong('log', 'verify', place.data, '--key', keys, '--witness', vkey);
  t.equal(told.match(/Cosigned by witness\.example\/w1 at /g)?.length, 2);
});
