/** A log outlives its keys: every key that is not retired signs, any of them opens it, and one that is gone is noticed. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { createIdentity } from '../../src/exchange-log/identity.ts';
import { openCheckpoint } from '../../src/exchange-log/note/checkpoint.ts';
import { parseVerifierKey } from '../../src/exchange-log/note/keys.ts';
import { parseNote } from '../../src/exchange-log/note/note.ts';
import { forgetMark, handOver, readMarks } from '../../src/exchange-log/retire-key.ts';
import { folderSource } from '../../src/exchange-log/verify/log-source.ts';
import { verifyLog } from '../../src/exchange-log/verify/verify-log.ts';
import { createKillableDisk } from '../support/killable-disk.ts';
import {
  demandNumbers,
  killLog,
  makeLogFolder,
  makeLogKey,
  openTestLog,
  recordEntries,
  seldom,
  testOrigin,
} from '../support/log-fixture.ts';
import {
  askWitnesses,
  cosignersOf,
  makeWitnessKey,
  startTestWitness,
  type TestWitness,
} from '../support/witness-fixture.ts';

const [first, second, third] = [makeLogKey(), makeLogKey(), makeLogKey()];
const vkeyOf = (key: typeof first) => createIdentity(testOrigin, key).vkey;
const verifierOf = (key: typeof first) => parseVerifierKey(vkeyOf(key));
const opensWith = (note: string, key: typeof first) =>
  openCheckpoint(note, { origin: testOrigin, verifier: verifierOf(key) }).checkpoint;
const keysFile = (folder: string) => path.join(folder, 'keys.json');

async function leaveLog(t: Test, count: number): Promise<string> {
  const folder = await makeLogFolder(t);
  const log = await openTestLog({ folder, key: first, settings: seldom });
  await recordEntries(log, count);
  await log.close();
  return folder;
}

t.test('after a rotation checkpoints carry both signatures, the one from before at once too', async (t) => {
  const folder = await leaveLog(t, 300);
  const log = await openTestLog({ folder, key: second, olderKeys: [first], settings: seldom });
  t.same(log.vkeys, [vkeyOf(second), vkeyOf(first)]);
  t.equal(log.vkey, vkeyOf(second));
  for (const key of [first, second]) t.equal(opensWith(log.checkpoint(), key).size, 300);
  await recordEntries(log, 300);
  await log.close();
  for (const key of [first, second]) t.equal(opensWith(log.checkpoint(), key).size, 600);
  t.throws(() => opensWith(log.checkpoint(), third), { name: 'NoteError' });
  for (const verifier of [verifierOf(first), verifierOf(second)]) {
    const report = await verifyLog(await folderSource(folder), {
      verifier,
      older: undefined,
      progress: () => undefined,
    });
    t.equal(report.checkpoint.size, 600);
  }
});

t.test(
  'what no checkpoint covered before a kill is recovered under the new key: segments keep their mark',
  async (t) => {
    const folder = await makeLogFolder(t);
    const disk = createKillableDisk();
    const killed = await openTestLog({ folder, key: first, disk, settings: seldom });
    await recordEntries(killed, 50);
    await killLog(killed, disk);
    const recovered: number[] = [];
    const log = await openTestLog({
      folder,
      key: second,
      olderKeys: [first],
      settings: seldom,
      observer: { recovered: ({ replayedEntries }) => recovered.push(replayedEntries) },
    });
    t.ok((recovered[0] ?? 0) > 0);
    await demandNumbers(t, log, 50);
    await log.close();
  },
);

t.test('the first key can be retired: the log goes on, and who held the second keeps checking', async (t) => {
  const folder = await leaveLog(t, 5);
  const both = await openTestLog({ folder, key: second, olderKeys: [first], settings: seldom });
  const older = Buffer.from(both.checkpoint());
  await both.close();
  await forgetMark(folder, 'exchange-log', vkeyOf(first));
  const log = await openTestLog({ folder, key: second, settings: seldom });
  await recordEntries(log, 5);
  await log.close();
  t.throws(() => opensWith(log.checkpoint(), first), { name: 'NoteError' });
  const options = { verifier: verifierOf(second), older, progress: () => undefined };
  t.match(await verifyLog(await folderSource(folder), options), { older: { size: 5 }, checkpoint: { size: 10 } });
});

t.test('checkpoints from before and after are the log’s by the one key or the other', async (t) => {
  const folder = await leaveLog(t, 5);
  const older = await readFile(path.join(folder, 'checkpoint'));
  await handOver(folder, vkeyOf(first), { origin: testOrigin, keys: [second] });
  await forgetMark(folder, 'exchange-log', vkeyOf(first));
  const log = await openTestLog({ folder, key: second, settings: seldom });
  await recordEntries(log, 5);
  await log.close();
  const source = await folderSource(folder);
  const options = { older, progress: () => undefined };
  const verifier = verifierOf(second);
  await t.rejects(verifyLog(source, { ...options, verifier }), { message: /none of the known keys signed the note/ });
  const report = await verifyLog(source, { ...options, verifier, otherVerifiers: [verifierOf(first)] });
  t.equal(report.older?.size, 5);
});

t.test('a key that goes vouches for what the next one signs, and no other does', async (t) => {
  const folder = await leaveLog(t, 5);
  const before = await readFile(path.join(folder, 'checkpoint'), 'utf8');
  const stranger = handOver(folder, vkeyOf(third), { origin: testOrigin, keys: [second] });
  await t.rejects(stranger, { name: 'NoteError' });
  t.equal(await readFile(path.join(folder, 'checkpoint'), 'utf8'), before);
  await handOver(folder, vkeyOf(first), { origin: testOrigin, keys: [second] });
  const after = await readFile(path.join(folder, 'checkpoint'), 'utf8');
  t.equal(parseNote(after).text, parseNote(before).text);
  for (const key of [first, second]) t.equal(opensWith(after, key).size, 5);
  await handOver(folder, vkeyOf(first), { origin: testOrigin, keys: [second] });
  t.equal(await readFile(path.join(folder, 'checkpoint'), 'utf8'), after, 'once is enough');
});

t.test('a key that the log was written with and that is gone keeps it from starting', async (t) => {
  const folder = await leaveLog(t, 5);
  const marks = { pseudonym: ['aa'], evidence: ['bb', 'cc'] };
  const known = await openTestLog({ folder, key: first, marks, settings: seldom });
  await known.close();
  t.match(await readMarks(folder), { keys: { ...marks, 'exchange-log': [vkeyOf(first)] } });
  for (const [changes, message] of [
    [{ key: second }, /key exchange-log lienthong\.example\/test\+.*, which is not there.*restore keys\//],
    [{ marks: { ...marks, pseudonym: ['dd'] } }, /the key pseudonym aa, which is not there \(there is dd\)/],
    [{ marks: { ...marks, evidence: ['cc'] } }, /the key evidence bb, which is not there/],
    [{ marks: { pseudonym: ['bb', 'cc'], evidence: ['aa'] } }, /the key pseudonym aa/],
    [{ marks: { ...marks, pseudonym: [] } }, /which is not there \(there is none\)/],
  ] as const) {
    await t.rejects(openTestLog({ folder, key: first, marks, settings: seldom, ...changes }), {
      name: 'KeyMissing',
      message,
    });
  }
  await forgetMark(folder, 'evidence', 'bb');
  const rest = { ...marks, evidence: ['dd', 'cc'] };
  const log = await openTestLog({ folder, key: first, marks: rest, settings: seldom });
  await log.close();
  t.match(await readMarks(folder), { keys: rest }, 'a new one is learnt, a retired one is not missed');
});

t.test('a log from before there was a record of keys takes those that open it', async (t) => {
  const folder = await leaveLog(t, 5);
  const before = await readMarks(folder);
  await rm(keysFile(folder));
  await t.rejects(openTestLog({ folder, key: second, settings: seldom }), { name: 'LogDamage' });
  t.equal(await readMarks(folder), undefined, 'a wrong key is not taken');
  const log = await openTestLog({ folder, key: second, olderKeys: [first], settings: seldom });
  await log.close();
  t.match(await readMarks(folder), { logId: before?.logId, keys: { 'exchange-log': [vkeyOf(second), vkeyOf(first)] } });
});

t.test('a flipped bit in the record of keys is noticed by a start and by a check', async (t) => {
  const folder = await leaveLog(t, 5);
  const right = await readFile(keysFile(folder));
  const check = async () =>
    verifyLog(await folderSource(folder), { verifier: undefined, older: undefined, progress: () => undefined });
  t.ok(await check());
  for (let at = 0; at < right.byteLength; at += 5) {
    const changed = Buffer.from(right);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    await writeFile(keysFile(folder), changed);
    await t.rejects(openTestLog({ folder, key: first, settings: seldom }), { name: 'LogDamage' }, `byte ${at}`);
    await t.rejects(check(), { name: 'LogFault', path: 'keys.json' });
  }
});

t.test('a retirement that a crash cut short leaves a log that opens', async (t) => {
  const folder = await leaveLog(t, 5);
  const keys = { key: second, olderKeys: [first], settings: seldom };
  const both = await openTestLog({ folder, ...keys });
  await both.close();
  await handOver(folder, vkeyOf(first), { origin: testOrigin, keys: [second] });
  const before = await openTestLog({ folder, ...keys });
  await before.close();
  await forgetMark(folder, 'exchange-log', vkeyOf(first));
  const after = await openTestLog({ folder, ...keys });
  await after.close();
  t.match(
    await readMarks(folder),
    { keys: { 'exchange-log': [vkeyOf(second), vkeyOf(first)] } },
    'it is to be retired anew',
  );
});

t.test(
  'a log that waits for its witness is handed over with what nobody has seen yet, cosignatures kept',
  async (t) => {
    const folder = await makeLogFolder(t);
    const memory = await makeLogFolder(t);
    const privateKey = makeWitnessKey();
    const start = (vkeys: readonly string[]) => startTestWitness(t, { folder: memory, logs: vkeys, privateKey });
    const witness = await start([vkeyOf(first)]);
    const ask = (peer: TestWitness) => ({ cosigning: askWitnesses([peer], { without: 'refuse' }).cosigning });
    const settings = { checkpointIntervalMs: 10 };
    const log = await openTestLog({ folder, key: first, settings, ...ask(witness) });
    await recordEntries(log, 5);
    await log.waitForCheckpoint(4);
    await witness.close();
    await recordEntries(log, 5);
    await log.close();
    t.equal(opensWith(log.checkpoint(), first).size, 5, 'nobody saw the rest');

    await handOver(folder, vkeyOf(first), { origin: testOrigin, keys: [second] });
    await forgetMark(folder, 'exchange-log', vkeyOf(first));
    const alone = await openTestLog({ folder, key: second, settings, ...ask(witness) });
    t.equal(opensWith(alone.checkpoint(), second).size, 5);
    t.same(cosignersOf(alone.checkpoint(), [witness]), ['w1']);
    await alone.close();

    const informed = await start([vkeyOf(second)]);
    const again = await openTestLog({ folder, key: second, settings, ...ask(informed) });
    const note = await again.waitForCheckpoint(9);
    t.equal(opensWith(note, second).size, 10);
    t.same(cosignersOf(note, [informed]), ['w1']);
    await again.close();
  },
);
