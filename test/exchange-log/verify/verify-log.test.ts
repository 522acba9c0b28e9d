/** A log of some thousand entries passes; each way of tampering with it is refused, and the bad place is named. */

import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { parseVerifierKey, type VerifierKey } from '../../../src/exchange-log/note/keys.ts';
import { encodeBundle, parseBundle } from '../../../src/exchange-log/store/bundle.ts';
import { LogFault } from '../../../src/exchange-log/verify/log-fault.ts';
import { folderSource } from '../../../src/exchange-log/verify/log-source.ts';
import { type LogReport, verifyLog } from '../../../src/exchange-log/verify/verify-log.ts';
import { copyLog, makeLogKey, numberedEntry, openTestLog, recordEntries, seldom } from '../../support/log-fixture.ts';

/** 19 full tiles and one of 136. */
const size = 5000;
const noProgress = () => undefined;

const parent = t.testdir({});
const original = path.join(parent, 'original', 'exchange-log');
await mkdir(original, { recursive: true });
const log = await openTestLog({ folder: original, settings: seldom });
await recordEntries(log, 1000);
await log.close();
const older = await readFile(path.join(original, 'checkpoint'));
const grown = await openTestLog({ folder: original, settings: seldom });
await recordEntries(grown, size - 1000);
await grown.close();
const verifier = parseVerifierKey(grown.vkey);

/** Of the log as others read it. */
const files = (await readdir(original, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('segments') && entry.name !== 'subjects.db')
  .map((entry) => path.relative(original, path.join(entry.parentPath, entry.name)));

/** The beginning that a tile above the lowest level must have. */
const begunWith = async (folder: string, file: string): Promise<Buffer> =>
  file.startsWith('tile/1') ? readFile(path.join(folder, 'tile/1/000.p/19')) : Buffer.alloc(0);

interface Tampering {
  readonly title: string;
  readonly tamper: (folder: string) => Promise<unknown>;
  /** Of the fault: path and what it says. */
  readonly fault: RegExp;
  readonly options?: { readonly verifier?: VerifierKey; readonly older?: Uint8Array };
}

const check = async (folder: string, options: Tampering['options'] = {}): Promise<LogReport> =>
  verifyLog(await folderSource(folder), { verifier, older: undefined, progress: noProgress, ...options });

const edit = (file: string, change: (content: Buffer) => Buffer) => async (folder: string) => {
  const whole = path.join(folder, file);
  await writeFile(whole, change(await readFile(whole)));
};

const flip = (file: string, byte: number) =>
  edit(file, (content) => {
    content[byte] = (content[byte] as number) ^ 1;
    return content;
  });

const add = (file: string, content: Uint8Array) => async (folder: string) => {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await writeFile(path.join(folder, file), content);
};

const swapEntries = (file: string, one: number, other: number) =>
  edit(file, (content) => {
    const entries = [...parseBundle(content)];
    [entries[one], entries[other]] = [entries[other] as Buffer, entries[one] as Buffer];
    return encodeBundle(entries);
  });

const tamperings: Tampering[] = [
  {
    title: 'a flipped byte in an entry of a full bundle',
    tamper: flip('tile/entries/003', 1005),
    fault: /^tile\/entries\/003: entry \d+ \(\d+ of the bundle\) is not the one that was recorded$/,
  },
  {
    title: 'a flipped byte in an entry of the partial bundle',
    tamper: flip('tile/entries/019.p/136', 10),
    fault: /^tile\/entries\/019\.p\/136: entry 4864 \(0 of the bundle\) is not the one that was recorded$/,
  },
  {
    title: 'a flipped length in a bundle',
    tamper: flip('tile/entries/000', 1),
    fault: /^tile\/entries\/000: (entry \d+ of the bundle is cut off|it holds \d+ entries instead of 256|entry 0 .*)$/,
  },
  {
    title: 'a flipped byte in a full tile of level 0',
    tamper: flip('tile/0/004', 5 * 32 + 7),
    fault: /^tile\/0\/004: hash 5 of the tile is not that of entry 1029$/,
  },
  {
    title: 'a flipped byte in the partial tile of level 0',
    tamper: flip('tile/0/019.p/136', 135 * 32),
    fault: /^tile\/0\/019\.p\/136: hash 135 of the tile is not that of entry 4999$/,
  },
  {
    title: 'a flipped byte in a tile of level 1',
    tamper: flip('tile/1/000.p/19', 18 * 32 + 31),
    fault: /^tile\/1\/000\.p\/19: hash 18 of the tile is not that of tile\/0\/018$/,
  },
  {
    title: 'a flipped byte in the origin of the checkpoint',
    tamper: flip('checkpoint', 0),
    fault: /^checkpoint: the signature of .* does not fit the note$/,
  },
  {
    title: 'a flipped byte in the signature of the checkpoint',
    tamper: edit('checkpoint', (note) => Buffer.from(note.toString().replace(/(.)(.)(.{10})\n$/, '$2$1$3\n'))),
    fault: /^checkpoint: the signature of .* does not fit the note$/,
  },
  {
    title: 'a flipped byte in an older partial tile',
    tamper: async (folder) => {
      const content = await readFile(path.join(folder, 'tile/0/019.p/136'));
      await add('tile/0/019.p/9', content.subarray(0, 9 * 32))(folder);
      await check(folder);
      await flip('tile/0/019.p/9', 100)(folder);
    },
    fault: /^tile\/0\/019\.p\/9: it is not the beginning of the same tile as tile\/0\/019\.p\/136$/,
  },
  {
    title: 'an older partial tile that is too short',
    tamper: async (folder) => {
      const content = await readFile(path.join(folder, 'tile/0/019.p/136'));
      await add('tile/0/019.p/9', content.subarray(0, 8 * 32))(folder);
    },
    fault: /^tile\/0\/019\.p\/9: it does not hold 9 whole hashes or entries$/,
  },
  ...['tile/0/007', 'tile/entries/011', 'tile/1/000.p/19', 'tile/0/019.p/136', 'checkpoint'].map((file) => ({
    title: `${file} is missing`,
    tamper: (folder: string) => rm(path.join(folder, file)),
    fault: new RegExp(`^${file.replaceAll('.', '\\.')}: the file is missing$`),
  })),
  {
    title: 'a tile behind the end of the log',
    tamper: add('tile/0/x001/000', Buffer.alloc(8192)),
    fault: /^tile\/0\/x001\/000: the log has 5000 entries and no such file$/,
  },
  ...['tile/2/000', 'tile/0/019', 'tile/0/020', 'tile/0/019.p/137', 'tile/1/000.p/20'].map((file) => ({
    title: `${file}, which the entries in the segments cannot fill`,
    tamper: async (folder: string) => {
      const partial = await readFile(path.join(folder, 'tile/0/019.p/136'));
      const width = Number(file.split('.p/')[1] ?? 256);
      const beginning = file.startsWith('tile/0/019') ? partial : await begunWith(folder, file);
      const content = Buffer.alloc(width * 32, 7);
      beginning.copy(content);
      if (file === 'tile/0/020') await add('tile/0/019', Buffer.concat([partial, Buffer.alloc(120 * 32)]))(folder);
      await add(file, content)(folder);
    },
    fault: /^tile\/[012]\/\d{3}(\.p\/\d+)?: the log and its segments hold 5000 entries: too few for it$/,
  })),
  ...['segments/extra', 'unfinished/x', 'evidence/00000009.sealed'].map((file) => ({
    title: `${file}, of which nobody knows`,
    tamper: add(file, Buffer.from('x')),
    fault: new RegExp(`^${file.replaceAll('.', '\\.')}: no file of a log has this name$`),
  })),
  {
    title: 'a tile of a level that the log does not have',
    tamper: add('tile/2/001', Buffer.alloc(8192)),
    fault: /^tile\/2\/001: the log has 5000 entries and no such file$/,
  },
  ...['tile/0/0007', 'tile/0/000.p/256', 'tile/0/notes.txt', 'README', 'tile/entries/000.gz'].map((file) => ({
    title: `an extra file ${file}`,
    tamper: add(file, Buffer.from('x')),
    fault: new RegExp(`^${file.replaceAll('.', '\\.')}: no file of a log has this name$`),
  })),
  {
    title: 'a longer partial tile that says something else',
    tamper: add('tile/0/019.p/200', Buffer.alloc(200 * 32)),
    fault: /^tile\/0\/019\.p\/200: it is not the beginning of the same tile/,
  },
  {
    title: 'swapped entries',
    tamper: swapEntries('tile/entries/002', 100, 101),
    fault: /^tile\/entries\/002: entry 612 \(100 of the bundle\) is not the one that was recorded$/,
  },
  {
    title: 'a truncated bundle',
    tamper: (folder) => truncate(path.join(folder, 'tile/entries/001'), 700),
    fault: /^tile\/entries\/001: (entry \d+ of the bundle is cut off|it holds \d+ entries instead of 256)$/,
  },
  {
    title: 'a bundle with an entry too many',
    tamper: edit('tile/entries/019.p/136', (content) => encodeBundle([...parseBundle(content), Buffer.from('{}')])),
    fault: /^tile\/entries\/019\.p\/136: it holds 137 entries instead of 136$/,
  },
  {
    title: 'a truncated tile',
    tamper: (folder) => truncate(path.join(folder, 'tile/0/001'), 8191),
    fault: /^tile\/0\/001: it has 8191 bytes instead of 8192$/,
  },
  {
    title: 'another key',
    tamper: async () => undefined,
    options: { verifier: parseVerifierKey(await keyOfAnotherLog()) },
    fault: /^checkpoint: none of the known keys signed the note; it is signed by .+\+[0-9a-f]{8}$/,
  },
];

t.test('the log as it was written passes', async (t) => {
  const seen: number[] = [];
  const report = await verifyLog(await folderSource(original), {
    verifier,
    older,
    progress: (done) => seen.push(done),
  });
  t.equal(report.checkpoint.size, size);
  t.equal(report.older?.size, 1000);
  t.same(report.files, { count: files.length, ahead: 0, aheadFiles: [] });
  // Full tiles and bundles, the partial ones, the tile above, the checkpoint; beside them older partial tiles.
  t.ok(files.length >= 19 * 2 + 2 + 1 + 1);
  t.equal(seen.at(-1), size);
});

t.test('a data folder is taken as well as the folder of the log', async (t) => {
  const report = await check(path.dirname(original));
  t.equal(report.checkpoint.size, size);
});

t.test('what a running gateway has written ahead is no fault', async (t) => {
  const folder = await copyLog(original, 'ahead');
  const old = await check(folder);
  const further = await openTestLog({ folder, settings: seldom });
  await recordEntries(further, 600);
  await further.close();
  await writeFile(path.join(folder, 'checkpoint'), await readFile(path.join(original, 'checkpoint')));
  const report = await check(folder);
  t.equal(report.checkpoint.size, old.checkpoint.size);
  t.ok((report.files?.ahead ?? 0) > 4);
});

for (const { title, tamper, fault, options } of tamperings) {
  t.test(title, async (t) => {
    const folder = await copyLog(original, 'tampered');
    t.teardown(() => rm(path.dirname(folder), { recursive: true }));
    await tamper(folder);
    await t.rejects(check(folder, options), { name: 'LogFault', message: fault });
  });
}

for (const file of ['tile/entries/003', 'tile/entries/019.p/136']) {
  t.test(`nobody is led astray by what the damaged ${file} says`, async (t) => {
    const folder = await copyLog(original, 'astray');
    t.teardown(() => rm(path.dirname(folder), { recursive: true }));
    await flip(file, 10)(folder);
    const recorded = new Set(Array.from({ length: size }, (_one, index) => JSON.stringify(numberedEntry(index))));
    const looked: string[] = [];
    const look = (entry: Buffer) => {
      looked.push(String(entry));
      if (!recorded.has(String(entry))) throw new LogFault('evidence/astray', 'it is somewhere else');
    };
    const subjects = {
      counted: 0,
      add: (_file: string, _at: number, entry: Buffer) => look(entry),
      close: async () => {},
    };
    for (const options of [{ inspect: async (entry: Buffer) => look(entry) }, { subjects }]) {
      looked.splice(0);
      const checking = verifyLog(await folderSource(folder), {
        verifier,
        older: undefined,
        progress: noProgress,
        ...options,
      });
      await t.rejects(checking, { name: 'LogFault', path: file });
      t.equal(looked.length, Number(file.slice(13, 16)) * 256, 'what stands before it was looked into');
    }
  });
}

t.test('one flipped bit in any file, anywhere, is found', async (t) => {
  const folder = await copyLog(original, 'flipped');
  for (const [number, file] of files.entries()) {
    const whole = path.join(folder, file);
    const content = await readFile(whole);
    const changed = Buffer.from(content);
    const byte = Math.floor((content.byteLength - 1) * ((number * 0.618) % 1));
    changed[byte] = (changed[byte] as number) ^ (1 << (number % 8));
    await writeFile(whole, changed);
    await t.rejects(check(folder), { name: 'LogFault', path: file }, `byte ${byte} of ${file}`);
    await writeFile(whole, content);
  }
  t.equal((await check(folder)).checkpoint.size, size);
});

t.test('a log rewritten and signed with the same key', async (t) => {
  const folder = path.join(parent, 'rewritten', 'exchange-log');
  await mkdir(folder, { recursive: true });
  const rewritten = await openTestLog({ folder, settings: seldom });
  await Promise.all(Array.from({ length: 1200 }, (_one, index) => rewritten.record({ id: `other-${index}` } as never)));
  await rewritten.close();
  t.equal((await check(folder)).checkpoint.size, 1200, 'passes by itself');
  await t.rejects(
    check(folder, { older }),
    /^checkpoint: the log is not the one that the older checkpoint signed at 1000/,
  );
  const newest = await readFile(path.join(original, 'checkpoint'));
  await t.rejects(check(folder, { older: newest }), { message: /the log has shrunk/ });
});

t.test('logs of every size around a full tile', async (t) => {
  for (const count of [0, 1, 255, 256, 257, 512]) {
    const folder = path.join(parent, `of-${count}`, 'exchange-log');
    await mkdir(folder, { recursive: true });
    const small = await openTestLog({ folder, settings: seldom });
    await recordEntries(small, count);
    await small.close();
    t.equal((await check(folder)).checkpoint.size, count);
  }
});

async function keyOfAnotherLog(): Promise<string> {
  const folder = path.join(parent, 'another', 'exchange-log');
  await mkdir(folder, { recursive: true });
  const another = await openTestLog({ folder, key: makeLogKey() });
  await another.close();
  return another.vkey;
}
