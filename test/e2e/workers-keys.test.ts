/** Keys are rotated and retired under several logs: each stays verifiable by whoever holds any of the keys of its time. */

import { writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.ts';
import { createPlace } from '../support/gateway-process.ts';
import { askOnce, endGateway, lienthong, logKeys, renewWorkers, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(240_000);

const first = 'lienthong.example/gateway-1';
const second = `${first}/2`;
const place = await createPlace(t);
const folders = ['--config', place.config, '--data', place.data];
const ofLog = (origin: string, keys: readonly string[]) => keys.filter((key) => key.startsWith(`${origin}+`));
const idsOf = async (name: string) => {
  const rows = (await lienthong('keys', 'list', ...folders))
    .trim()
    .split('\n')
    .map((row) => row.split(/ {2,}/));
  return rows.filter(([known]) => known === name).map(([, , kid = '']) => kid);
};

interface Proof {
  readonly origin: string;
  readonly file: string;
}

let kept = 0;

/** Asks until each log has answered, and keeps a receipt of each. */
async function receipts(): Promise<readonly Proof[]> {
  const proofs = new Map<string, string>();
  await eventually(async () => {
    const { id, status } = await askOnce(place, undefined);
    if (status !== 200) throw new Error(`answered ${status}`);
    const { body } = await askOnce(place, undefined, `/v1/exchanges/${id}/receipt`);
    proofs.set(JSON.parse(body).checkpoint.split('\n')[0], body);
    return proofs.size === 2;
  });
  return Promise.all(
    [...proofs].map(async ([origin, body]) => {
      const file = `${place.data}.${kept++}.receipt`;
      await writeFile(file, body);
      return { origin, file };
    }),
  );
}

const holds = ({ file }: Proof, key: string) => lienthong('log', 'verify-receipt', file, '--key', key);

async function verifies(t: Test, keys: readonly string[]): Promise<void> {
  for (const [number, origin] of [first, second].entries()) {
    for (const key of ofLog(origin, keys)) {
      const told = await lienthong('log', 'verify', place.data, '--log', String(number + 1), '--key', key);
      t.match(told, origin, key);
    }
  }
  t.match(await lienthong('log', 'verify', place.data, '--key', keys.join('\n')), second, 'both by all keys at once');
}

let gateway = await serveWorkers(t, place);
const before = await receipts();
const oldKeys = await logKeys(place);

t.test('no key is changed while the workers run', async (t) => {
  await t.rejects(lienthong('keys', 'rotate', 'exchange-log', ...folders), {
    code: 1,
    stderr: /while no gateway runs/,
  });
  t.same(await endGateway(gateway), [0, null]);
});

t.test('after a rotation each log is signed by both keys, and after a rolling restart, too', async (t) => {
  for (const name of ['exchange-log', 'pseudonym']) await lienthong('keys', 'rotate', name, ...folders);
  gateway = await serveWorkers(t, place);
  const keys = await logKeys(place);
  t.same(
    [first, second].map((origin) => ofLog(origin, keys).length),
    [2, 2],
  );
  t.ok(oldKeys.every((key) => keys.includes(key)));
  const between = await receipts();
  await renewWorkers(gateway);
  for (const proof of [...between, ...(await receipts())]) {
    for (const key of ofLog(proof.origin, keys)) t.match(await holds(proof, key), /holds/);
  }
  for (const proof of before) t.match(await holds(proof, ofLog(proof.origin, oldKeys).join('\n')), /holds/);
  await verifies(t, keys);
  t.same(await endGateway(gateway), [0, null]);
  await verifies(t, keys);
});

t.test('after the older key was retired each log goes on with the newer alone', async (t) => {
  for (const name of ['exchange-log', 'pseudonym']) {
    const [newest = '', older = ''] = await idsOf(name);
    t.not(newest, older);
    await lienthong('keys', 'retire', name, older, ...folders);
    t.same(await idsOf(name), [newest]);
  }
  const keys = await logKeys(place);
  t.equal(keys.length, 2);
  await verifies(t, keys);
  gateway = await serveWorkers(t, place);
  await renewWorkers(gateway);
  for (const proof of await receipts()) {
    t.match(await holds(proof, ofLog(proof.origin, keys).join('\n')), /holds/);
    await t.rejects(holds(proof, ofLog(proof.origin, oldKeys).join('\n')));
  }
  for (const proof of before) t.match(await holds(proof, ofLog(proof.origin, oldKeys).join('\n')), /holds/);
  t.same(await endGateway(gateway), [0, null]);
  await verifies(t, keys);
});
