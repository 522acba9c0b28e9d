/** Keys are rotated and retired under several logs: each stays verifiable by whoever holds any of the keys of its time. */

import t, { type Test } from 'tap';
import { parseVerifierKey } from '../../src/exchange-log/note/keys.ts';
import { eventually } from '../support/eventually.ts';
import { createPlace } from '../support/gateway-process.ts';
import { verifyReceipt } from '../support/kept-receipt.ts';
import { askOnce, endGateway, lienthong, logKeys, renewWorkers, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(600_000);

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
  readonly receipt: string;
}

/** Asks until each log has answered, and keeps a receipt of each. */
async function receipts(): Promise<readonly Proof[]> {
  const proofs = new Map<string, string>();
  await eventually(async () => {
    // In turn, so that each goes to another worker.
    for (const { id, status } of [await askOnce(place, undefined), await askOnce(place, undefined)]) {
      if (status !== 200) throw new Error(`answered ${status}`);
      const { body } = await askOnce(place, undefined, `/v1/exchanges/${id}/receipt`);
      proofs.set(JSON.parse(body).checkpoint.split('\n')[0], body);
    }
    return proofs.size === 2;
  });
  return [...proofs].map(([origin, receipt]) => ({ origin, receipt }));
}

/** By each of the keys of its log. Throws where one does not do. */
function check({ origin, receipt }: Proof, keys: readonly string[]): number {
  return ofLog(origin, keys).filter((key) => verifyReceipt(receipt, parseVerifierKey(key)).entry !== '').length;
}

async function verifies(t: Test, keys: readonly string[]): Promise<void> {
  for (const [number, origin] of [first, second].entries()) {
    for (const key of ofLog(origin, keys)) {
      const told = await lienthong('log', 'verify', place.data, '--log', String(number + 1), '--key', key);
      t.match(told, origin, key);
    }
  }
  t.match(await lienthong('log', 'verify', place.data, '--key', keys.join('\n')), second, 'both by all keys at once');
  const firstOnly = ofLog(first, keys).join('\n');
  await t.rejects(
    lienthong('log', 'verify', place.data, '--key', firstOnly),
    { message: /workers\/2\/exchange-log: .*\. --key may be repeated/ },
    'a key that is missing is told with the log that it is missing for',
  );
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
  for (const proof of [...between, ...(await receipts())]) t.equal(check(proof, keys), 2);
  for (const proof of before) t.equal(check(proof, oldKeys), 1);
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
  gateway = await serveWorkers(t, place);
  await renewWorkers(gateway);
  for (const proof of await receipts()) {
    t.equal(check(proof, keys), 1);
    t.throws(() => check(proof, oldKeys), { name: 'NoteError' });
  }
  for (const proof of before) t.equal(check(proof, oldKeys), 1);
  t.same(await endGateway(gateway), [0, null]);
  await verifies(t, keys);
});
