/** The witness that ships, over HTTP and on real files: what it cosigns, what it refuses, and what it remembers. */

import { hash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { createSigner, formatVerifierKey, parseVerifierKey } from '../../../src/exchange-log/note/keys.ts';
import { openNote, signNote } from '../../../src/exchange-log/note/note.ts';
import { realDisk } from '../../../src/exchange-log/store/disk.ts';
import type { TransparencyLog } from '../../../src/exchange-log/transparency-log.ts';
import { consistencyProof } from '../../../src/exchange-log/tree/proof.ts';
import { formatAddCheckpoint } from '../../../src/exchange-log/witness/add-checkpoint.ts';
import { createKillableDisk } from '../../support/killable-disk.ts';
import { makeLogFolder, numberedEntry, openTestLog } from '../../support/log-fixture.ts';
import { makeWitnessKey, startTestWitness, type TestWitness } from '../../support/witness-fixture.ts';

t.setTimeout(120_000);

/** A log of so many entries, and a checkpoint at each of the sizes. */
async function makeLog(t: Pick<Test, 'teardown'>, sizes: readonly number[], first = 0) {
  const log = await openTestLog({ folder: await makeLogFolder(t), settings: { checkpointIntervalMs: 10 } });
  t.teardown(() => log.close());
  const checkpoints = new Map<number, string>([[0, log.checkpoint()]]);
  for (const size of sizes) {
    for (let index = log.size(); index < size; index += 1) await log.record(numberedEntry(first + index));
    checkpoints.set(size, await log.waitForCheckpoint(size - 1));
  }
  const at = (size: number) => checkpoints.get(size) as string;
  return { log, at };
}

async function post(url: string, body: string | Uint8Array<ArrayBuffer>) {
  const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

const proofOf = async (log: TransparencyLog, from: number, to: number) => consistencyProof(log.reader, from, to);

async function submit(witness: TestWitness, log: TransparencyLog, checkpoint: string, from: number, to: number) {
  const consistency = await proofOf(log, from, to);
  return post(witness.url, formatAddCheckpoint({ oldSize: from, consistency, checkpoint }));
}

const { log, at } = await makeLog(t, [3, 5, 300, 600]);
const originHash = hash('sha256', 'lienthong.example/test');

t.test('it cosigns what continues what it cosigned last, and serves that', async (t) => {
  const witness = await startTestWitness(t, { folder: await makeLogFolder(t), logs: [log.vkey] });
  const own = parseVerifierKey(witness.vkey);
  const monitor = () => fetch(`${witness.url}/${originHash}/checkpoint`);
  t.equal((await monitor()).status, 404, 'nothing yet');
  let from = 0;
  for (const to of [0, 3, 3, 5, 600]) {
    const { status, type, body } = await submit(witness, log, at(to), from, to);
    t.equal(status, 200, body);
    t.match(type, /^text\/plain/);
    openNote(`${at(to)}${body}`, [parseVerifierKey(log.vkey), own]);
    const served = await (await monitor()).text();
    t.equal(openNote(served, [parseVerifierKey(log.vkey), own]).signatures.length, 2);
    t.ok(served.startsWith(at(to)));
    from = to;
  }
});

t.test('each refusal has its status', async (t) => {
  const witness = await startTestWitness(t, { folder: await makeLogFolder(t), logs: [log.vkey] });
  t.equal((await submit(witness, log, at(300), 0, 300)).status, 200);
  const { log: other, at: otherAt } = await makeLog(t, [300, 600], 7);
  const stranger = createSigner('stranger.example/log', makeWitnessKey());
  const impostor = createSigner('lienthong.example/test', makeWitnessKey());
  const text = (note: string) => note.slice(0, note.indexOf('\n\n') + 1);
  const proof = await proofOf(log, 300, 600);
  const ask = (oldSize: number, consistency: Buffer[], checkpoint: string) =>
    post(witness.url, formatAddCheckpoint({ oldSize, consistency, checkpoint }));

  t.match(await submit(witness, log, at(600), 5, 600), { status: 409, type: 'text/x.tlog.size', body: '300\n' });
  t.match(await ask(0, [], at(600)), { status: 409, body: '300\n' });
  t.match(await ask(5, [], at(3)), { status: 400, body: /old size is larger/ }, 'backwards');
  t.match(await ask(3, [], at(3)), { status: 409, body: '300\n' }, 'an older checkpoint');
  t.equal((await ask(300, [], signNote(text(at(300)).replace('/test', '/none'), stranger))).status, 404);
  t.match(await ask(300, proof, signNote(text(at(600)), impostor)), { status: 403, body: /none of the known keys/ });
  t.match(await ask(300, proof, at(600).replace('\n600\n', '\n601\n')), { status: 403, body: /does not fit/ });
  t.equal((await submit(witness, other, otherAt(300), 300, 300)).status, 422, 'another tree of the same size');
  t.equal((await submit(witness, other, otherAt(600), 300, 600)).status, 422, 'another history, with its own proof');
  t.equal((await ask(300, proof, otherAt(600))).status, 422);
  t.equal((await ask(300, [], at(600))).status, 422, 'no proof');
  t.equal((await ask(300, [...proof, proof[0] as Buffer], at(600))).status, 422, 'a hash too many');
  t.equal((await ask(300, proof, at(300))).status, 422, 'a proof for nothing');
  for (const [what, body] of Object.entries({
    nothing: '',
    'no old size': `\n${at(600)}`,
    'no empty line': 'old 300\n',
    'a size with a zero before it': `old 0300\n\n${at(600)}`,
    'a size below zero': `old -1\n\n${at(600)}`,
    'a hash that is none': `old 300\nabc\n\n${at(600)}`,
    '64 hashes': `old 300\n${`${'A'.repeat(43)}=\n`.repeat(64)}\n${at(600)}`,
    'no checkpoint': 'old 300\n\n',
    'a checkpoint without signature': `old 300\n\n${text(at(600))}`,
    'bytes that are no text': Buffer.from([0x6f, 0xff, 0xfe]),
  })) {
    t.equal((await post(witness.url, body)).status, 400, what);
  }
  t.equal((await post(witness.url, 'x'.repeat(70_000))).status, 413);
  t.equal((await fetch(`${witness.url}/add-checkpoint`)).status, 404);
  t.same(
    witness.cosigned.map(({ size }) => size),
    [300],
    'none of it moved what it remembers',
  );
  t.equal(witness.evidence.length, 6, 'what the log’s own key signed is kept, for whoever asks');
  t.equal((await submit(witness, log, at(600), 300, 600)).status, 200);
});

t.test('a checkpoint of size zero is that of the empty tree', async (t) => {
  const key = makeWitnessKey();
  const signer = createSigner('zero.example/log', key);
  const witness = await startTestWitness(t, {
    folder: await makeLogFolder(t),
    logs: [formatVerifierKey(signer.verifier)],
  });
  const checkpoint = (root: Buffer) => signNote(`zero.example/log\n0\n${root.toString('base64')}\n`, signer);
  t.equal((await post(witness.url, `old 0\n\n${checkpoint(Buffer.alloc(32))}`)).status, 422);
  t.equal((await post(witness.url, `old 0\n\n${checkpoint(hash('sha256', '', 'buffer'))}`)).status, 200);
  t.equal(
    (await post(witness.url, `old 0\n${'A'.repeat(43)}=\n\n${checkpoint(hash('sha256', '', 'buffer'))}`)).status,
    422,
  );
});

t.test('of two histories that come at the same time one is cosigned', async (t) => {
  const { log: other, at: otherAt } = await makeLog(t, [5, 300], 9);
  for (let round = 0; round < 5; round += 1) {
    const witness = await startTestWitness(t, { folder: await makeLogFolder(t), logs: [log.vkey] });
    const answers = await Promise.all([
      submit(witness, log, at(5), 0, 5),
      submit(witness, other, otherAt(5), 0, 5),
      submit(witness, other, otherAt(300), 0, 300),
      submit(witness, log, at(300), 0, 300),
    ]);
    t.same(answers.map(({ status }) => status).sort(), [200, 409, 409, 409]);
  }
});

t.test('it remembers across a restart, and a history rewritten meanwhile is refused', async (t) => {
  const setup = { folder: await makeLogFolder(t), logs: [log.vkey], privateKey: makeWitnessKey() };
  const before = await startTestWitness(t, setup);
  t.equal((await submit(before, log, at(300), 0, 300)).status, 200);
  await before.close();
  const witness = await startTestWitness(t, { ...setup, isBegun: true });
  const { log: other, at: otherAt } = await makeLog(t, [300, 600], 1);
  t.equal((await submit(witness, other, otherAt(600), 0, 600)).status, 409);
  t.equal((await submit(witness, other, otherAt(600), 300, 600)).status, 422);
  t.equal((await submit(witness, log, at(600), 300, 600)).status, 200);
});

t.test('it does not start without its memory, or with one that is not its own', async (t) => {
  const begin = async () => {
    const setup = { folder: await makeLogFolder(t), logs: [log.vkey], privateKey: makeWitnessKey() };
    const witness = await startTestWitness(t, setup);
    await submit(witness, log, at(300), 0, 300);
    await witness.close();
    return { ...setup, isBegun: true };
  };
  const damaged = (message: RegExp) => ({ name: 'WitnessDamage', message });

  const withoutFile = await begin();
  await rm(path.join(withoutFile.folder, originHash));
  await t.rejects(startTestWitness(t, withoutFile), damaged(/the file is missing/));
  const withoutAll = await begin();
  await rm(withoutAll.folder, { recursive: true });
  await t.rejects(startTestWitness(t, withoutAll), damaged(/register: the file is missing/));
  const changed = await begin();
  const file = path.join(changed.folder, originHash);
  const note = await readFile(file, 'utf8');
  await writeFile(file, note.replace('\n300\n', '\n200\n'));
  await t.rejects(startTestWitness(t, changed), damaged(/does not fit the note/));
  await writeFile(file, note.slice(0, 40));
  await t.rejects(startTestWitness(t, changed), damaged(/no empty line/));
  await writeFile(file, note);
  await t.rejects(startTestWitness(t, { ...changed, privateKey: makeWitnessKey() }), damaged(/none of the known keys/));
  const renamed = startTestWitness(t, { ...changed, name: 'witness.example/renamed' });
  const told = /w1\+[0-9a-f]{8}\. It was cosigned under another name .*former name/;
  await t.rejects(renamed, { ...damaged(told), file });
  await startTestWitness(t, changed);
});

t.test('what cannot be made durable is not cosigned, and asking again is no trouble', async (t) => {
  const folder = await makeLogFolder(t);
  const privateKey = makeWitnessKey();
  let failing = false;
  const disk = {
    ...realDisk,
    syncFolder: (folder: string) => (failing ? Promise.reject(new Error('EIO')) : realDisk.syncFolder(folder)),
  };
  const witness = await startTestWitness(t, { folder, logs: [log.vkey], privateKey, disk });
  t.equal((await submit(witness, log, at(3), 0, 3)).status, 200);
  failing = true;
  const failed = await submit(witness, log, at(5), 3, 5);
  t.equal(failed.status, 500);
  t.notMatch(failed.body, /—/, 'no cosignature left');
  t.equal(
    await (await fetch(`${witness.url}/${originHash}/checkpoint`)).text().then((note) => note.split('\n')[1]),
    '3',
  );
  failing = false;
  t.equal((await submit(witness, log, at(5), 3, 5)).status, 200);
});

t.test('killed before any step of its disk, it never has less than what it cosigned', async (t) => {
  const { log: other, at: otherAt } = await makeLog(t, [300], 5);
  let step = 0;
  for (let done = false; !done; step += 1) {
    const setup = { folder: await makeLogFolder(t), logs: [log.vkey], privateKey: makeWitnessKey() };
    const disk = createKillableDisk();
    let left = step;
    const counting = async <T>(work: () => Promise<T>): Promise<T> => {
      if (left === 0) await disk.kill();
      left -= 1;
      return work();
    };
    const witness = await startTestWitness(t, {
      ...setup,
      disk: {
        ...disk,
        open: (file, which) => counting(() => disk.open(file, which)),
        rename: (from, to) => counting(() => disk.rename(from, to)),
        syncFolder: (folder) => counting(() => disk.syncFolder(folder)),
      },
    }).catch(() => undefined);
    let cosigned = 0;
    for (const [from, to] of [
      [0, 3],
      [3, 5],
      [5, 300],
    ] as const) {
      if (witness !== undefined && (await submit(witness, log, at(to), from, to)).status === 200) cosigned = to;
    }
    done = left > 0;
    await witness?.close();
    const again = await startTestWitness(t, { ...setup, isBegun: cosigned > 0 });
    const { status, body } = await submit(again, other, otherAt(300), 0, 300);
    const known = status === 409 ? Number(body) : 0;
    t.ok(known >= cosigned, `before step ${step}: it cosigned ${cosigned} and knows ${known}`);
    t.equal(status, cosigned > 0 ? 409 : status);
    const names = (await readdir(setup.folder)).sort();
    t.ok(names.includes('register'));
  }
  t.ok(step > 10, `${step} steps`);
});
