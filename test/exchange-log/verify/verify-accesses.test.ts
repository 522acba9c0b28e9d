/** Answers about a person are refused together where an honest log could not have given them, however well each row is proven. */

import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import t, { type Test } from 'tap';
import { parseSaved } from '../../../src/commands/log-checks.ts';
import { describeAccess } from '../../../src/exchange/access.ts';
import type { LogEntry, LookEntry } from '../../../src/exchange/entries.ts';
import { noWitnesses } from '../../../src/exchange-log/note/cosigners.ts';
import { createCosigner, createSigner, parseVerifierKey } from '../../../src/exchange-log/note/keys.ts';
import { formatSignature, parseNote, signatureOf } from '../../../src/exchange-log/note/note.ts';
import { openSubjectFile } from '../../../src/exchange-log/numbers/subject-file.ts';
import { createOwnLog } from '../../../src/exchange-log/own-log.ts';
import type { TransparencyLog } from '../../../src/exchange-log/transparency-log.ts';
import { folderSource } from '../../../src/exchange-log/verify/log-source.ts';
import { createSubjectCheck } from '../../../src/exchange-log/verify/subject-check.ts';
import { verifyAccesses } from '../../../src/exchange-log/verify/verify-accesses.ts';
import { verifyLog } from '../../../src/exchange-log/verify/verify-log.ts';
import { entryFixture } from '../../support/entry-fixture.ts';
import { makeLogFolder, openTestLog, testOrigin } from '../../support/log-fixture.ts';

t.setTimeout(60_000);

const settings = { checkpointIntervalMs: 10 };

async function openLog(t: Test, folder: string): Promise<TransparencyLog> {
  const log = await openTestLog({ folder, settings });
  t.teardown(() => log.close());
  return log;
}

const ask = (log: TransparencyLog, ...subjects: readonly string[]) =>
  Promise.all(subjects.map((subject) => log.record(entryFixture({ subject }))));

function look(log: TransparencyLog, subject: string, role: LookEntry['role'] = 'citizen') {
  const { id, time } = entryFixture();
  const entry: LookEntry = {
    ...{ durationMs: 0, filters: undefined, id, issue: undefined, kind: 'audit' },
    ...{
      look: role === 'citizen' ? 'accesses' : 'exchange',
      official: subject,
      problem: undefined,
      role,
      status: 200,
      subject,
      subjectNumber: undefined,
      time,
    },
  };
  return log.record(entry);
}

/** What a gateway answers to a person of these names, or to nobody in particular: every entry about them, with its proof. */
async function answerTo(log: TransparencyLog, ...subjects: readonly string[]): Promise<string> {
  const { index } = await look(log, subjects[0] as string);
  const ownLog = createOwnLog({ log, origin: testOrigin, checkpointWaitMs: 5000, proofsAtOnceMax: 1 });
  const { checkpoint, entries } = await ownLog.prove(Array.from({ length: index + 1 }, (_one, at) => index - at));
  const rows = entries.map(({ index: at, entry, inclusion }) => {
    const parsed = JSON.parse(entry.toString()) as LogEntry;
    return { log: testOrigin, index: at, ...describeAccess(parsed), names: {}, entry: parsed, inclusion };
  });
  const [own, ...accesses] = rows.filter(({ entry: { subject } }) => subjects.includes(subject ?? ''));
  return JSON.stringify({ log: testOrigin, subjects, checkpoint, look: own, accesses });
}

const verify = (log: TransparencyLog, ...texts: readonly string[]) =>
  verifyAccesses(
    texts.map((text, at) => ({ name: `answer ${at + 1}`, text })),
    { keys: [parseVerifierKey(log.vkey)], witnesses: noWitnesses, parseJson: parseSaved },
  );

t.test('a person who was renamed by a new key, and kept an answer from before', async (t) => {
  const log = await openLog(t, await makeLogFolder(t));
  await ask(log, 'an', 'binh', 'an', 'an');
  const before = await answerTo(log, 'an');
  await ask(log, 'an-2', 'binh-2', 'an-2');
  const after = await answerTo(log, 'an-2', 'an');
  t.match(verify(log, before).names, [{ entries: 4, last: 4, missing: [], lookedAt: String }]);
  const both = [
    { entries: 4, last: 4, missing: [], lookedAt: String },
    { entries: 3, last: 3, missing: [], lookedAt: String },
  ];
  t.match(verify(log, before, after).names, both);
  t.same(
    verify(log, after).names[0]?.lookedAt,
    undefined,
    'the end of the earlier name is shown by the older answer only',
  );
});

t.test('an auditor who looks at what stands under an earlier name leaves entries under that name', async (t) => {
  const log = await openLog(t, await makeLogFolder(t));
  await ask(log, 'an', 'binh', 'an');
  await ask(log, 'an-2');
  await look(log, 'an', 'auditor');
  await ask(log, 'an-2');
  // Nothing was ever recorded under this one while it was the present name.
  await look(log, 'an-0', 'auditor');
  const answer = await answerTo(log, 'an-2', 'an', 'an-0');
  t.match(verify(log, answer).names, [
    { entries: 1, last: 1, missing: [], lookedAt: undefined },
    { entries: 3, last: 3, missing: [], lookedAt: undefined },
    { entries: 3, last: 3, missing: [], lookedAt: String },
  ]);
  const withheld = JSON.parse(answer);
  withheld.accesses = withheld.accesses.filter(
    ({ entry }: { entry: LogEntry }) => entry.subject !== 'an' || entry.subjectNumber !== 2,
  );
  t.same(verify(log, JSON.stringify(withheld)).names[1]?.missing, [[2, 2]]);
  const unnamed = JSON.stringify({ ...JSON.parse(answer), subjects: ['an-2', 'an-0'] });
  t.throws(() => verify(log, unnamed), { name: 'AccessFault', message: /is about somebody else/ });
  await ask(log, 'an');
  const mixed = await answerTo(log, 'an-2', 'an');
  t.throws(() => verify(log, mixed), { message: /are not about the same person/ }, 'an exchange under it is another’s');
});

t.test('one person’s entries cannot be another one’s under an earlier name', async (t) => {
  const log = await openLog(t, await makeLogFolder(t));
  await ask(log, 'an', 'binh', 'an', 'binh');
  const mixed = await answerTo(log, 'an', 'binh');
  t.throws(() => verify(log, mixed), { name: 'AccessFault', message: /are not about the same person/ });
});

t.test('a file that two readers could read differently is refused', async (t) => {
  const log = await openLog(t, await makeLogFolder(t));
  await ask(log, 'an');
  const answer = await answerTo(log, 'an');
  const twice = answer.replace('"index":0', '"index":7,"index":0');
  t.not(twice, answer);
  t.throws(() => verify(log, twice), { name: 'AccessFault', message: /no JSON, or has a member twice/ });
  const more = JSON.stringify({ ...JSON.parse(answer), remark: 'x' });
  t.throws(() => verify(log, more), { name: 'AccessFault', message: /has members other than log, subjects/ });
});

t.test('an answer is held against the witnesses that its reader trusts', async (t) => {
  const log = await openLog(t, await makeLogFolder(t));
  await ask(log, 'an', 'an');
  const answer = JSON.parse(await answerTo(log, 'an'));
  const witness = createCosigner('witness.example', generateKeyPairSync('ed25519').privateKey, () => 1_750_000_000);
  const stranger = createCosigner('stranger.example', generateKeyPairSync('ed25519').privateKey, () => 1_750_000_000);
  const { text } = parseNote(answer.checkpoint);
  const cosigned = { ...answer, checkpoint: answer.checkpoint + formatSignature(signatureOf(text, witness)) };
  const check = (saved: object, ...trusted: (typeof witness)[]) =>
    verifyAccesses([{ name: 'answer', text: JSON.stringify(saved) }], {
      keys: [parseVerifierKey(log.vkey)],
      witnesses: { keys: trusted.map(({ verifier }) => verifier), wanted: trusted.length },
      parseJson: parseSaved,
    });
  t.match(check(cosigned, witness).heads, [{ vouching: { cosigners: [{ name: 'witness.example' }], unchecked: 0 } }]);
  t.match(check(cosigned).heads, [{ vouching: { cosigners: [], unchecked: 1 } }]);
  const fault = { name: 'AccessFault', message: /0 of the witnesses named cosigned the checkpoint, not 1/ };
  t.throws(() => check(answer, witness), fault);
  t.throws(() => check(cosigned, stranger), fault);
});

t.test('a log whose key is given and in which no question stands is not taken for shown', async (t) => {
  const log = await openLog(t, await makeLogFolder(t));
  await ask(log, 'an');
  const text = await answerTo(log, 'an');
  const key = parseVerifierKey(log.vkey);
  const another = createSigner('lienthong.example/test/2', generateKeyPairSync('ed25519').privateKey).verifier;
  const check = { keys: [key, another] as const, witnesses: noWitnesses, parseJson: parseSaved };
  t.same(verifyAccesses([{ name: 'answer', text }], check).withoutLook, ['lienthong.example/test/2']);
  t.same(verify(log, text).withoutLook, []);
});

t.test('answers of two people do not go together', async (t) => {
  const log = await openLog(t, await makeLogFolder(t));
  await ask(log, 'an', 'binh');
  const [one, other] = [await answerTo(log, 'an'), await answerTo(log, 'binh')];
  t.throws(() => verify(log, one, other), { message: 'answer 1 and answer 2 are about different people' });
});

t.test(
  'numbers that a log has given twice, or left out, are found by the person and by whoever checks the log',
  async (t) => {
    for (const [number, found, inLog] of [
      [
        1,
        /entry 4 has the number 2, and entry 2 before it 3/,
        /entry 4 repeats a number of subject an: it has 2 instead/,
      ],
      [7, undefined, /entry 4 leaves a gap of subject an: it has 8 instead of 4 \(3 was entry 2\)/],
    ] as const) {
      const folder = await makeLogFolder(t);
      const first = await openTestLog({ folder, settings });
      await ask(first, 'an', 'an', 'an', 'binh');
      await first.close();
      const file = openSubjectFile(path.join(folder, 'subjects.db'), 1 << 16);
      file.set('an', number);
      file.commit(file.mark as NonNullable<typeof file.mark>);
      file.close();
      const log = await openTestLog({ folder, settings });
      await ask(log, 'an');
      const answer = await answerTo(log, 'an');
      if (found === undefined) t.same(verify(log, answer).names[0]?.missing, [[4, 7]]);
      else t.throws(() => verify(log, answer), { name: 'AccessFault', message: found });
      await log.close();
      const subjects = await createSubjectCheck();
      const options = { verifier: undefined, older: undefined, progress: () => undefined, subjects };
      await t.rejects(verifyLog(await folderSource(folder), options), { name: 'LogFault', message: inLog });
      await subjects.close();
    }
  },
);

t.test('a rewritten log is noticed by who kept an answer', async (t) => {
  const logs = [await openLog(t, await makeLogFolder(t)), await openLog(t, await makeLogFolder(t))] as const;
  await ask(logs[0], 'an', 'an');
  await ask(logs[1], 'an');
  const [one, other] = [await answerTo(logs[0], 'an'), await answerTo(logs[1], 'an')];
  t.throws(() => verify(logs[0], one, other), { message: /entry 1 is another one in answer 2 than in answer 1/ });
});
