/** A check of a log's folder reads what is durable and not signed yet, too, also while a gateway is at work there. */

import { appendFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { parseVerifierKey } from '../../../src/exchange-log/note/keys.ts';
import { folderSource } from '../../../src/exchange-log/verify/log-source.ts';
import { verifyLog } from '../../../src/exchange-log/verify/verify-log.ts';
import { createKillableDisk } from '../../support/killable-disk.ts';
import { copyLog, killLog, makeLogFolder, openTestLog, recordEntries, seldom } from '../../support/log-fixture.ts';
import { askWitnesses, startTestWitness } from '../../support/witness-fixture.ts';

const settings = { ...seldom, segmentBytes: 8192, entryBytesMax: 1000 };

const check = async (folder: string, vkey: string) =>
  verifyLog(await folderSource(folder), {
    verifier: parseVerifierKey(vkey),
    older: undefined,
    progress: () => undefined,
  });

/** 300 entries under a checkpoint, 200 behind it in three segments. */
async function leaveLog(t: Test) {
  const folder = await makeLogFolder(t);
  const first = await openTestLog({ folder, settings });
  await recordEntries(first, 299);
  await first.close();
  const disk = createKillableDisk();
  const log = await openTestLog({ folder, disk, settings });
  await recordEntries(log, 1);
  await log.waitForCheckpoint(299);
  await recordEntries(log, 200);
  await killLog(log, disk);
  const names = (await readdir(path.join(folder, 'segments'))).sort().map((name) => path.join('segments', name));
  return { folder, vkey: log.vkey, names };
}

t.test('what waits in the segments is counted', async (t) => {
  const { folder, vkey } = await leaveLog(t);
  t.same((await check(folder, vkey)).segments, { count: 3, pending: 200, end: 500, torn: [] });
});

t.test('a segment that is damaged, cut off, missing or of another place is named', async (t) => {
  const { folder, vkey, names } = await leaveLog(t);
  const [covered = '', first = '', last = ''] = names;
  const flip = (name: string, at: number) => async (copy: string) => {
    const content = await readFile(path.join(copy, name));
    const byte = at < 0 ? content.byteLength + at : at;
    content[byte] = (content[byte] as number) ^ 1;
    await writeFile(path.join(copy, name), content);
  };
  const sealedBytes = (await stat(path.join(folder, first))).size;
  const written = (await readFile(path.join(folder, last))).findLastIndex((byte) => byte !== 0) + 1;
  const damages: readonly (readonly [string, string, (copy: string) => Promise<unknown>])[] = [
    ['a header', first, flip(first, 20)],
    ['a record that the checkpoint covers', covered, flip(covered, 500)],
    ['all of it covered, cut off', covered, (copy) => truncate(path.join(copy, covered), 2000)],
    ['a record', first, flip(first, 500)],
    ['a record of the last one', last, flip(last, 90)],
    ['cut off', last, (copy) => truncate(path.join(copy, last), 80)],
    ['the first byte of a seal', first, flip(first, -24)],
    ['the last byte of a seal', first, flip(first, -1)],
    ['without the last byte', first, (copy) => truncate(path.join(copy, first), sealedBytes - 1)],
    ['a byte behind the seal', first, (copy) => appendFile(path.join(copy, first), 'x')],
    ['zeros behind the seal', first, (copy) => appendFile(path.join(copy, first), Buffer.alloc(600))],
    ['the last one without its last byte', last, (copy) => truncate(path.join(copy, last), 8191)],
    ['the first byte of the zeros', last, flip(last, written)],
    ['a byte of the zeros', last, flip(last, -700)],
    ['the last byte of the zeros', last, flip(last, -1)],
    ['a byte too many', last, (copy) => appendFile(path.join(copy, last), 'x')],
    ['bytes too many', last, (copy) => appendFile(path.join(copy, last), 'x'.repeat(32))],
    ['zeros too many', last, (copy) => appendFile(path.join(copy, last), Buffer.alloc(512))],
    ['missing', first, (copy) => rm(path.join(copy, first))],
    ['the last one missing', last, (copy) => rm(path.join(copy, last))],
  ];
  for (const [title, name, damage] of damages) {
    const copy = await copyLog(folder, 'copy');
    await damage(copy);
    const found = await check(copy, vkey).catch((error) => error);
    t.match(found, { name: 'LogFault' }, title);
    if (title !== 'missing') t.equal(found.path, name, title);
    t.notMatch(found.message, 'the exchange log is damaged');
  }
  const bare = await copyLog(folder, 'copy');
  await rm(path.join(bare, 'segments'), { recursive: true });
  t.equal((await check(bare, vkey)).segments, undefined, 'a copy without segments can be read');
});

t.test(
  'what a crash leaves is told and no fault: a write of which sectors are missing, and what came before a cut',
  async (t) => {
    const { folder, vkey, names } = await leaveLog(t);
    const [, first = '', last = ''] = names;
    const content = await readFile(path.join(folder, last));
    const written = content.findLastIndex((byte) => byte !== 0) + 1;
    const sector = written - (written % 512);
    const torn = await copyLog(folder, 'copy');
    await writeFile(path.join(torn, last), content.fill(0, sector));
    const { segments } = await check(torn, vkey);
    t.match(segments?.torn, [{ path: last, bytes: Number }]);
    t.ok((segments?.pending ?? 0) < 200, 'what was cut off is not counted');
    const sealed = await readFile(path.join(folder, first));
    const uncut = await copyLog(folder, 'copy');
    await writeFile(path.join(uncut, first), Buffer.concat([sealed, Buffer.alloc(8192 - sealed.byteLength)]));
    t.same((await check(uncut, vkey)).segments?.torn, [], 'sealed and not cut yet');
    const unsealed = Buffer.concat([sealed.subarray(0, -24), Buffer.alloc(8192 + 24 - sealed.byteLength)]);
    await writeFile(path.join(uncut, first), unsealed);
    t.same((await check(uncut, vkey)).segments?.torn, [], 'not sealed yet');
  },
);

t.test('a file that comes while the others are listed is no gap', async (t) => {
  const folder = await makeLogFolder(t);
  const disk = createKillableDisk();
  const log = await openTestLog({ folder, disk, settings });
  await recordEntries(log, 1);
  await log.waitForCheckpoint(0);
  await recordEntries(log, 600);
  await killLog(log, disk);
  const source = await folderSource(folder);
  const missed = ['tile/0/000', 'tile/entries/000'];
  const file = path.join(folder, 'tile/0/000');
  const whole = await readFile(file);
  const options = { verifier: parseVerifierKey(log.vkey), older: undefined, progress: () => undefined };
  const listing = {
    ...source,
    async *list() {
      await rm(file, { force: true });
      for await (const name of source.list() ?? []) if (!missed.includes(name)) yield name;
      setTimeout(() => void writeFile(file, whole), 300);
    },
  };
  const { checkpoint, files } = await verifyLog(listing, options);
  t.equal(checkpoint.size, 1);
  t.match(files?.aheadFiles, [{ index: 1 }, { index: 1 }]);
  await rm(file);
  await t.rejects(verifyLog(source, options), { path: 'tile/0/001', message: /has 1 entries and no such file/ });
});

t.test('while a gateway writes, the check does not stumble over it', async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openTestLog({ folder, settings: { ...settings, checkpointIntervalMs: 10 } });
  t.teardown(() => log.close());
  let isOver = false;
  const writing = (async () => {
    while (!isOver) await recordEntries(log, 150);
  })();
  try {
    for (let round = 0; round < 10; round += 1) t.ok((await check(folder, log.vkey)).segments);
  } finally {
    isOver = true;
    await writing;
  }
});

t.test('what waits for witnesses is checked by the head that the log has signed', async (t) => {
  const folder = await makeLogFolder(t);
  const { vkey } = await startTestWitness(t, { folder: await makeLogFolder(t), logs: [] });
  const { cosigning } = askWitnesses([{ url: 'http://127.0.0.1:9', vkey }], { without: 'refuse' });
  const log = await openTestLog({ folder, settings: { ...settings, checkpointIntervalMs: 10 }, cosigning });
  for (let round = 0; round < 10; round += 1) await recordEntries(log, 100);
  await log.close();
  const { checkpoint, segments } = await check(folder, log.vkey);
  t.equal(checkpoint.size, 0);
  t.equal(segments?.pending, 0);
  const head = path.join(folder, 'segments/head');
  await writeFile(head, (await readFile(head, 'utf8')).replace('\n1000\n', '\n1001\n'));
  await t.rejects(check(folder, log.vkey), { name: 'LogFault', path: 'segments/head' });
});
