/** Sealed bodies: an auditor opens what the gateway gives; neither can alone, and after the subject's key is erased nobody can. */

import { copyFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { parseSaved } from '../../../src/commands/log-checks.ts';
import {
  demandRecorded as demandIn,
  openEvidence as openIn,
  type RecordedBodies,
} from '../../../src/exchange-log/evidence/open.ts';
import { parseHeader } from '../../../src/exchange-log/evidence/record.ts';
import {
  bodiesFixture,
  contentBelow,
  createEvidenceFixture,
  makeAuditor,
  recordedFixture,
  sealAndRead,
  sealedService,
} from '../../support/evidence-fixture.ts';
import { pins } from '../../support/incoming-fixture.ts';

const openEvidence = (text: string, key: Parameters<typeof openIn>[1]) => openIn(text, key, parseSaved);
const demandRecorded = (text: string, entry: RecordedBodies) => demandIn(text, entry, parseSaved);

t.test('an auditor opens exactly what was asked and answered', async (t) => {
  const { evidences, auditor } = await createEvidenceFixture(t);
  const bodies = bodiesFixture();
  const sealed = await evidences.seal(bodies);
  t.match(sealed.request, {
    digest: /^sha-256=:[\w+/]{43}=:$/,
    sealed: { file: /^00000001-\d{4}-\d\d-\d\d$/, offset: 0 },
  });
  t.not(sealed.request.digest, sealed.answer?.digest);
  const text = JSON.stringify(await evidences.read(recordedFixture(bodies, sealed)));
  t.same(await openEvidence(text, auditor.opensWith), {
    exchange: bodies.exchangeId,
    request: bodies.request.toString(),
    answer: bodies.answer,
  });
  demandRecorded(text, { id: bodies.exchangeId, subject: bodies.subject, ...sealed });
});

t.test('a refused exchange has a request only', async (t) => {
  const { evidences, auditor } = await createEvidenceFixture(t);
  const bodies = bodiesFixture({ answer: undefined });
  t.equal((await evidences.seal(bodies)).answer, undefined);
  const text = JSON.stringify(await sealAndRead(evidences, bodies));
  t.same(await openEvidence(text, auditor.opensWith), {
    exchange: bodies.exchangeId,
    request: bodies.request.toString(),
    answer: undefined,
  });
});

t.test('each of several auditors can open it, and nobody else', async (t) => {
  const folder = t.testdir({});
  const [one, two] = [await makeAuditor(folder, 'one'), await makeAuditor(folder, 'two')];
  const { sealBodies, unwrap } = await import('../../../src/exchange-log/evidence/seal.ts');
  const { createSecretKey, randomBytes } = await import('node:crypto');
  const subjectKey = { id: 'a-key', key: createSecretKey(randomBytes(32)) };
  const bodies = bodiesFixture();
  const record = await sealBodies(bodies, [one.sealsWith, two.sealsWith], subjectKey);
  const text = JSON.stringify({
    exchange: bodies.exchangeId,
    key: unwrap(parseHeader(record.header), subjectKey),
    header: record.header.toString('base64'),
    request: record.request.toString('base64'),
    answer: record.answer.toString('base64'),
  });
  for (const { opensWith } of [one, two]) t.match(await openEvidence(text, opensWith), { answer: bodies.answer });
  const stranger = await makeAuditor(folder, 'stranger');
  await t.rejects(openEvidence(text, stranger.opensWith), { message: /sealed for the keys "one", "two"/ });
  const pretender = { kid: 'one', key: stranger.opensWith.key };
  await t.rejects(openEvidence(text, pretender), { message: /the private key is another one/ });
  const otherKey = { id: 'a-key', key: createSecretKey(randomBytes(32)) };
  t.equal(unwrap(parseHeader(record.header), otherKey), undefined, 'without the subject’s key there is no JWE to open');
});

t.test('what belongs to another exchange, person or place does not open', async (t) => {
  const { evidences, auditor } = await createEvidenceFixture(t);
  const bodies = bodiesFixture();
  const mine = await sealAndRead(evidences, bodies);
  const other = await sealAndRead(evidences, bodiesFixture());
  const open = (evidence: object) => openEvidence(JSON.stringify(evidence), auditor.opensWith);
  const edited = (changes: object) => {
    const header = { ...parseHeader(Buffer.from(mine.header, 'base64')), ...changes };
    return { ...mine, header: Buffer.from(JSON.stringify(header)).toString('base64') };
  };
  await t.rejects(open({ ...mine, request: other.request }), { message: /^the request was changed/ });
  await t.rejects(open({ ...mine, answer: other.answer }), { message: /^the answer was changed/ });
  await t.rejects(open({ ...mine, answer: mine.request }), { message: /^the answer was changed/ });
  await t.rejects(open({ ...mine, key: other.key }), { message: /^the data key cannot be opened/ });
  await t.rejects(open({ ...mine, header: other.header }), { message: /^the data key cannot be opened/ });
  await t.rejects(open(edited({ subject: 'another' })), { message: /^the data key cannot be opened/ });
  await t.rejects(open(edited({ commitment: 'another' })), { message: /commits to/ });
  await t.rejects(open({ key: mine.key }), { message: /^the file is not what/ });
  await t.rejects(open({ ...mine, note: 'x' }), { message: /^the file is not what/ });
  const spoilt = Buffer.from(mine.header, 'base64');
  spoilt[20] = 1;
  await t.rejects(open({ ...mine, header: spoilt.toString('base64') }), { message: /its "header" was changed$/ });
  const twice = JSON.stringify(mine).replace('{', '{"request":"AAAA",');
  await t.rejects(openEvidence(twice, auditor.opensWith), { message: /^the file is not what/ });
  const { subject } = bodies;
  const sealed = await evidences.seal(bodies);
  const wrong = { id: bodies.exchangeId, subject, ...sealed };
  t.throws(() => demandRecorded(JSON.stringify(mine), wrong), { message: /request is not the one/ });
  t.throws(() => demandRecorded(JSON.stringify(other), wrong), { message: /another exchange/ });
});

t.test('nothing of the bodies stands on the disk', async (t) => {
  const { evidences, folder } = await createEvidenceFixture(t);
  await evidences.seal(bodiesFixture());
  const content = (await contentBelow(path.dirname(folder))).toString('latin1');
  for (const secret of [pins.hoa, Buffer.from(pins.hoa).toString('hex'), Buffer.from('Nguyễn').toString('latin1')]) {
    t.notOk(content.includes(secret));
  }
});

t.test('after the key is erased nobody reads what was sealed, and new evidence gets a new key', async (t) => {
  const { evidences, auditor, again } = await createEvidenceFixture(t);
  const before = bodiesFixture();
  const other = bodiesFixture({ subject: 'pseudonym-of-duc' });
  const [sealed, sealedOther] = [await evidences.seal(before), await evidences.seal(other)];
  await evidences.subjectKeys.erase([before.subject, 'an-older-pseudonym']);
  await evidences.subjectKeys.erase([before.subject]);
  const erased = { name: 'Problem', code: 'evidence-erased' };
  await t.rejects(evidences.read(recordedFixture(before, sealed)), erased);
  const after = bodiesFixture();
  const opened = await openEvidence(JSON.stringify(await sealAndRead(evidences, after)), auditor.opensWith);
  t.equal(opened.answer, after.answer);
  await t.rejects(evidences.read(recordedFixture(before, sealed)), erased, 'the new key is not the old one');
  t.ok(await evidences.read(recordedFixture(other, sealedOther)), 'others are not touched');
  await evidences.close();
  const restarted = await again();
  await t.rejects(restarted.read(recordedFixture(before, sealed)), erased);
  t.ok(await restarted.read(recordedFixture(other, sealedOther)));
});

t.test('bodies that are sealed while the key is erased are readable with the new key or not at all', async (t) => {
  const { evidences, auditor } = await createEvidenceFixture(t);
  const first = Array.from({ length: 20 }, () => bodiesFixture());
  const sealing = first.map((bodies) => evidences.seal(bodies));
  const erasing = evidences.subjectKeys.erase([bodiesFixture().subject]);
  const later = Array.from({ length: 20 }, () => bodiesFixture());
  const sealingLater = later.map((bodies) => evidences.seal(bodies));
  await erasing;
  for (const [nth, bodies] of first.entries()) {
    const recorded = recordedFixture(bodies, (await sealing[nth]) as never);
    await t.rejects(evidences.read(recorded), { code: 'evidence-erased' });
  }
  for (const [nth, bodies] of later.entries()) {
    const evidence = await evidences.read(recordedFixture(bodies, (await sealingLater[nth]) as never));
    t.equal((await openEvidence(JSON.stringify(evidence), auditor.opensWith)).answer, bodies.answer);
  }
});

t.test('a new file is begun at its size and after each start, and old places stay good', async (t) => {
  const { evidences, folder, again } = await createEvidenceFixture(t, { limits: { fileBytes: 3000 } });
  const kept: Parameters<typeof evidences.read>[0][] = [];
  for (let nth = 0; nth < 10; nth += 1) {
    const bodies = bodiesFixture();
    kept.push(recordedFixture(bodies, await evidences.seal(bodies)));
  }
  const sealedFiles = async () => (await readdir(folder)).filter((name) => name.endsWith('.sealed'));
  const names = await sealedFiles();
  t.ok(names.length >= 3, `${names.length} files`);
  await evidences.close();
  const restarted = await again();
  t.same(await sealedFiles(), names, 'a start writes nothing');
  const bodies = bodiesFixture();
  const { sealed } = (await restarted.seal(bodies)).request;
  t.match(sealed, { offset: 0, file: new RegExp(`^${String(names.length + 1).padStart(8, '0')}-`) });
  for (const recorded of kept) t.ok(await restarted.read(recorded));
});

t.test('damage on the disk is never given out', async (t) => {
  const { evidences, folder } = await createEvidenceFixture(t);
  const bodies = bodiesFixture();
  const recorded = recordedFixture(bodies, await evidences.seal(bodies));
  const file = path.join(folder, (await readdir(folder))[0] ?? '');
  const content = await readFile(file);
  for (let at = 0; at < content.byteLength; at += 7) {
    const changed = Buffer.from(content);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    await writeFile(file, changed);
    await t.rejects(evidences.read(recorded), { name: 'EvidenceDamage' }, `byte ${at}`);
  }
  await truncate(file, content.byteLength - 1);
  await t.rejects(evidences.read(recorded), { name: 'EvidenceDamage', message: /cut off/ });
  await rm(file);
  await t.rejects(evidences.read(recorded), { code: 'evidence-erased' }, 'a file that is kept no longer');
});

t.test('only the services that are named are sealed, and what is too large is refused alone', async (t) => {
  const { evidences, failures } = await createEvidenceFixture(t);
  t.ok(evidences.seals(sealedService));
  t.notOk(evidences.seals('VN/GOV/G01/population/get-person'));
  await t.rejects(evidences.seal(bodiesFixture({ answer: 'x'.repeat(200_000) })), { message: /exceeds 100000/ });
  t.ok(await evidences.seal(bodiesFixture()));
  t.same(failures, []);
});

t.test('one changed byte of a key is told by its name, and seals nothing more', async (t) => {
  const { evidences, subjectKeyFile, folder, again } = await createEvidenceFixture(t);
  const bodies = bodiesFixture();
  const recorded = recordedFixture(bodies, await evidences.seal(bodies));
  await evidences.close();
  const database = new DatabaseSync(subjectKeyFile);
  const [{ key } = {}] = database.prepare('SELECT key FROM subject_key').all();
  database.close();
  const file = await readFile(subjectKeyFile);
  const at = file.indexOf(Buffer.from(key as Uint8Array)) + 7;
  const flipped = Buffer.from(file);
  flipped.writeUInt8((flipped[at] as number) ^ 1, at);
  await writeFile(subjectKeyFile, flipped);
  const damaged = await again();
  const message =
    /damaged in keys\/subjects\.db: restore keys\/subjects\.db from its backup, as docs\/evidence\.md says/;
  await t.rejects(damaged.read(recorded), { code: 'internal-error', message });
  const later = bodiesFixture();
  t.ok(await damaged.read(recordedFixture(later, await damaged.seal(later))), 'what comes is sealed under a new key');
  await damaged.close();
  await writeFile(subjectKeyFile, file);
  const mended = await again();
  t.ok(await mended.read(recorded));
  await mended.close();

  const mark = path.join(folder, 'subject-keys');
  const marked = await readFile(mark, 'utf8');
  const other = marked.startsWith('0') ? '1' : '0';
  for (const spoilt of [other + marked.slice(1), `~${marked.slice(1)}`, `${marked.slice(0, -2)}~\n`, '']) {
    await writeFile(mark, spoilt);
    await t.rejects(again(), {
      name: 'StoreMissing',
      message: /subject-keys, which says .* is damaged: restore it from/,
    });
  }
  await rm(mark);
  const anew = await again();
  t.equal(await readFile(mark, 'utf8'), marked, 'as the message says');
  t.ok(await anew.read(recorded));
  await anew.close();
  await writeFile(mark, `${marked.slice(0, 32)}\n`);
  const older = await again();
  t.ok(await older.read(recorded), 'a mark from before it had a check value');
  t.equal(await readFile(mark, 'utf8'), marked);
  await older.close();
});

t.test('a store of keys that is lost or another one ends the start, and is not taken for erased people', async (t) => {
  const { evidences, folder, subjectKeyFile, again } = await createEvidenceFixture(t);
  const bodies = bodiesFixture();
  const recorded = recordedFixture(bodies, await evidences.seal(bodies));
  await evidences.close();
  const own = await readFile(subjectKeyFile);
  await rm(subjectKeyFile);
  await t.rejects(again(), { name: 'StoreMissing', message: /subjects\.db is not there: restore it/ });
  await t.rejects(readFile(subjectKeyFile), { code: 'ENOENT' }, 'nothing is made in its place');
  const { subjectKeyFile: foreign, evidences: others } = await createEvidenceFixture(t);
  await others.close();
  await copyFile(foreign, subjectKeyFile);
  await t.rejects(again(), { name: 'StoreMissing', message: /subjects\.db is another one: restore it/ });
  await writeFile(subjectKeyFile, own);
  const restored = await again();
  t.ok(await restored.read(recorded), 'a backup of the store is the store');
  await restored.close();

  await rm(subjectKeyFile);
  await rm(path.join(folder, 'subject-keys'));
  const begun = await again();
  await t.rejects(begun.read(recorded), { code: 'internal-error', message: /missing from keys\/subjects\.db/ });
  const later = bodiesFixture();
  t.ok(await begun.read(recordedFixture(later, await begun.seal(later))), 'who gives the old ones up goes on');
  await begun.subjectKeys.erase([bodies.subject]);
  await t.rejects(begun.read(recorded), { code: 'internal-error' }, 'what was lost does not become erased');
});

t.test('the number of a file that is kept no longer is given to no other', async (t) => {
  const { evidences, folder, again } = await createEvidenceFixture(t);
  const bodies = bodiesFixture();
  const old = recordedFixture(bodies, await evidences.seal(bodies));
  await evidences.close();
  const files = async () => (await readdir(folder)).filter((name) => name.endsWith('.sealed'));
  for (const name of await files()) await rm(path.join(folder, name));
  const next = await again();
  await next.seal(bodiesFixture());
  t.match(await files(), [/^00000002-/]);
  await t.rejects(next.read(old), { code: 'evidence-erased' }, 'the old exchange stays one whose evidence is gone');
  await next.close();

  const mark = path.join(folder, 'last-number');
  const kept = await readFile(mark, 'utf8');
  t.match(kept, /^2 /);
  await writeFile(mark, kept.replace('2', '1'));
  const third = await again();
  await t.rejects(third.seal(bodiesFixture()), { message: /evidence\/last-number: it is not as it was written/ });
  t.match(await files(), [/^00000002-/]);
  await third.close();
  await rm(mark);
  await (await again()).seal(bodiesFixture());
  t.match((await files()).sort(), [/^00000002-/, /^00000003-/], 'without it the files that are there are counted on');
});
