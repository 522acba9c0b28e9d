/** One byte of each kind of file that a log has is changed: the start or the verifier refuses, names the file, and nothing is mended in silence. */

import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { parseVerifierKey } from '../../src/exchange-log/note/keys.ts';
import { folderSource } from '../../src/exchange-log/verify/log-source.ts';
import { verifyLog } from '../../src/exchange-log/verify/verify-log.ts';
import { createKillableDisk } from '../support/killable-disk.ts';
import { copyLog, killLog, makeLogFolder, openTestLog, recordEntries, seldom } from '../support/log-fixture.ts';

t.setTimeout(180_000);

/** A full tile of level 1, and behind it some of everything. */
const covered = 65_536 + 256 + 44;
const behind = 30;
const settings = { ...seldom, segmentBytes: 1 << 20 };

const folder = await makeLogFolder(t);
const first = await openTestLog({ folder, settings });
await recordEntries(first, covered);
await first.close();
const disk = createKillableDisk();
const killed = await openTestLog({ folder, disk, settings });
await recordEntries(killed, behind);
await killLog(killed, disk);
const verifier = parseVerifierKey(killed.vkey);
const segments = (await readdir(path.join(folder, 'segments'))).sort();
const lastSegment = `segments/${segments.at(-1)}`;
const sealedSegment = `segments/${segments.at(-2)}`;
/** Header and records. */
const recordsEnd = 64 + behind * 44;

const verify = async (place: string) =>
  verifyLog(await folderSource(place), { verifier, older: undefined, progress: () => undefined });

/** What a start says after the change; a size where it starts all the same. */
async function startOf(place: string): Promise<string | number> {
  try {
    const log = await openTestLog({ folder: place, settings });
    const size = log.size();
    await log.close();
    return size;
  } catch (error) {
    return (error as Error).message;
  }
}

interface Kind {
  readonly what: string;
  readonly file: string;
  /** Who reads the file: a start its right edge, the verifier all but segments. */
  readonly refusedBy: readonly ('start' | 'verifier')[];
  /** Bytes that say something; the whole file where undefined. */
  readonly bytes?: number;
  /** The bytes that are changed, from the end where negative; some of those that say something where undefined. */
  readonly at?: readonly number[];
}

const kinds: readonly Kind[] = [
  { what: 'the checkpoint', file: 'checkpoint', refusedBy: ['start', 'verifier'] },
  { what: 'the record of keys', file: 'keys.json', refusedBy: ['start', 'verifier'] },
  { what: 'a full bundle', file: 'tile/entries/100', refusedBy: ['verifier'] },
  { what: 'the partial bundle', file: 'tile/entries/257.p/44', refusedBy: ['start', 'verifier'] },
  { what: 'a full tile of level 0', file: 'tile/0/256', refusedBy: ['verifier'] },
  { what: 'the partial tile of level 0', file: 'tile/0/257.p/44', refusedBy: ['start', 'verifier'] },
  { what: 'the full tile of level 1', file: 'tile/1/000', refusedBy: ['verifier'] },
  { what: 'the partial tile of level 1', file: 'tile/1/001.p/1', refusedBy: ['start', 'verifier'] },
  { what: 'the partial tile of level 2', file: 'tile/2/000.p/1', refusedBy: ['start', 'verifier'] },
  {
    what: 'the segment of what no checkpoint covers',
    file: lastSegment,
    refusedBy: ['start', 'verifier'],
    bytes: recordsEnd,
  },
  { what: 'the header of a segment', file: lastSegment, refusedBy: ['start', 'verifier'], at: [0, 20, 50, 63] },
  { what: 'the zeros of the last segment', file: lastSegment, refusedBy: ['verifier'], at: [recordsEnd, 9000, -1] },
  { what: 'the seal of the segment before', file: sealedSegment, refusedBy: ['verifier'], at: [-24, -10, -1] },
];

t.test('the log that is changed is whole, and has no other kind of file', async (t) => {
  const copy = await copyLog(folder, 'whole');
  t.equal((await verify(copy)).checkpoint.size, covered);
  t.equal(await startOf(copy), covered + behind);
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const found = new Set(
    files.map(({ parentPath, name }) => kindOf(path.relative(folder, path.join(parentPath, name)))),
  );
  const derived = [...found].filter((kind) => kind.startsWith('subjects.db'));
  t.same([...found].sort(), [...new Set([...kinds.map(({ file }) => kindOf(file)), ...derived])].sort());
});

t.test('numbers of subjects that cannot be read are counted anew, for they are derived', async (t) => {
  const copy = await copyLog(folder, 'derived');
  await writeFile(path.join(copy, 'subjects.db'), 'no database at all'.repeat(100));
  t.equal(await startOf(copy), covered + behind);
  t.equal((await verify(copy)).checkpoint.size, covered + behind);
});

for (const { what, file, refusedBy, bytes, at } of kinds) {
  t.test(what, async (t) => {
    const copy = await copyLog(folder, 'changed');
    const whole = path.join(copy, file);
    const length = bytes ?? (await stat(whole)).size;
    const content = await readFile(whole);
    for (const place of at ?? [Math.floor(length * 0.3), length - 2]) {
      const byte = place < 0 ? length + place : place;
      const changed = Buffer.from(content);
      changed[byte] = (changed[byte] ?? 0) ^ 0x20;
      await writeFile(whole, changed);
      if (refusedBy.includes('verifier')) {
        await t.rejects(
          verify(copy),
          { name: 'LogFault', path: file, message: new RegExp(`^${file}: `) },
          `byte ${byte}`,
        );
      }
      if (refusedBy.includes('start')) t.match(await startOf(copy), file, `byte ${byte}`);
      t.same(await readFile(whole), changed, 'the file is left as it was found');
    }
    await writeFile(whole, content);
    t.equal(await startOf(copy), covered + behind, 'with the byte put right the log is whole');
  });
}

/** `tile/0/#`, `tile/0/#.p/#`: a path without what tells one file of a kind from another. */
function kindOf(file: string): string {
  return file
    .replaceAll(/(?<=\/)(x\d{3}\/)*\d{3}(?=$|\.p)/g, '#')
    .replace(/\.p\/\d+$/, '.p/#')
    .replace(/\d{16}/, '#');
}
