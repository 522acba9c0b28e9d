/** A check of a log tells of evidence files that no entry names, and refuses those that no crash can have left. */

import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import type { LogEntry } from '../../../src/exchange/entries.ts';
import type { Evidences } from '../../../src/exchange-log/evidence/vault.ts';
import { folderSource } from '../../../src/exchange-log/verify/log-source.ts';
import { verifyLog } from '../../../src/exchange-log/verify/verify-log.ts';
import { bodiesFixture, createEvidenceFixture } from '../../support/evidence-fixture.ts';
import { createKillableDisk } from '../../support/killable-disk.ts';
import { copyLog, killLog, openTestLog, seldom } from '../../support/log-fixture.ts';

const fixture = await createEvidenceFixture(t);
const original = path.dirname(fixture.folder);
const today = new Date().toISOString().slice(0, 10);
const fileOf = (number: number, day = today) => `${String(number).padStart(8, '0')}-${day}.sealed`;
const check = async (folder: string) =>
  verifyLog(await folderSource(folder), { verifier: undefined, older: undefined, progress: () => undefined });
const unnamedIn = async (folder: string) => (await check(folder)).unnamedEvidence;

/** As the gateway has it: sealed bodies first, their entry then. */
async function sealedEntry(evidences: Evidences): Promise<LogEntry> {
  const bodies = bodiesFixture();
  const { exchangeId: id, subject } = bodies;
  return { id, kind: 'query', subject, ...(await evidences.seal(bodies)) } as LogEntry;
}

// Of three processes: the second one was killed before any entry came to the bodies that it had sealed.
const first = await openTestLog({ folder: original, settings: seldom });
for (let count = 0; count < 3; count += 1) await first.record(await sealedEntry(fixture.evidences));
await first.close();
await fixture.evidences.close();
const killed = await fixture.again();
await sealedEntry(killed);
await killed.close();
const third = await openTestLog({ folder: original, settings: seldom });
const last = await fixture.again();
await third.record(await sealedEntry(last));
await last.close();
await third.close();

t.test('a file that a crash left without an entry is told of, and is no fault', async (t) => {
  t.same(
    (await readdir(fixture.folder)).filter((name) => name.endsWith('.sealed')).sort(),
    [1, 2, 3].map((number) => fileOf(number)),
  );
  t.same(await unnamedIn(original), [fileOf(2)]);
});

t.test('a file that entries name which no checkpoint covers yet is named', async (t) => {
  const folder = await copyLog(original, 'pending');
  const disk = createKillableDisk();
  const log = await openTestLog({ folder, disk, settings: seldom });
  const place = { file: '00000004-2026-03-02', offset: 0 };
  await writeFile(path.join(folder, 'evidence', `${place.file}.sealed`), 'LTS1');
  const entry = { id: 'later', kind: 'query', request: { bytes: 1, digest: 'sha-256=:x:', sealed: place } };
  await log.record(entry as unknown as LogEntry);
  await log.record({ ...entry, id: 'latest' } as unknown as LogEntry);
  await killLog(log, disk);
  const report = await check(folder);
  t.ok((report.segments?.pending ?? 0) > 0);
  t.same(report.unnamedEvidence, [fileOf(2)]);
});

for (const [what, content] of [
  ['nothing', ''],
  ['half a record', 'LTS1\0\0'],
  ['zeros, as a power cut leaves them', Buffer.alloc(4096)],
] as const) {
  t.test(`a file with ${what} is what a crash leaves, too`, async (t) => {
    const folder = await copyLog(original, 'torn');
    await writeFile(path.join(folder, 'evidence', fileOf(4)), content);
    t.same(
      await unnamedIn(folder),
      [2, 4].map((number) => fileOf(number)),
    );
  });
}

t.test('a file given up is none', async (t) => {
  const folder = await copyLog(original, 'given-up');
  for (const number of [1, 2]) await rm(path.join(folder, 'evidence', fileOf(number)));
  t.same(await unnamedIn(folder), []);
});

const added: readonly (readonly [string, (evidence: string) => Promise<unknown>, RegExp])[] = [
  [
    'a file that is no evidence',
    (evidence) => writeFile(path.join(evidence, fileOf(4)), 'something else'),
    /^evidence\/00000004-.*\.sealed: no entry names it, and it does not begin as evidence does$/,
  ],
  [
    'a copy of a file under another number',
    (evidence) => copyFile(path.join(evidence, fileOf(1)), path.join(evidence, fileOf(4))),
    /^evidence\/00000004-.*\.sealed: it begins with sealed bodies that were recorded elsewhere \(evidence\/00000001-.*\.sealed, byte 0\): it is a copy$/,
  ],
  [
    'a second file of a number',
    (evidence) => copyFile(path.join(evidence, fileOf(2)), path.join(evidence, fileOf(3, '2020-01-01'))),
    /^evidence\/00000003-2020-01-01\.sealed: no entry names it, and another file has its number$/,
  ],
  ['a folder', (evidence) => mkdir(path.join(evidence, fileOf(4))), /^evidence\/00000004-.*\.sealed: it is no file$/],
  [
    'a name beside that of the mark',
    (evidence) => writeFile(path.join(evidence, 'subject-keys-2'), ''),
    /^evidence\/subject-keys-2: no file of a log has this name$/,
  ],
];

for (const [title, add, message] of added) {
  t.test(`refused: ${title}`, async (t) => {
    const folder = await copyLog(original, 'added');
    await add(path.join(folder, 'evidence'));
    await t.rejects(check(folder), { name: 'LogFault', message });
  });
}
