/** An erased key is nowhere left in the files, however many keys were made and erased before and after it. */

import { copyFileSync, existsSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import {
  type KeyAnswer,
  openSubjectKeyStore,
  type SubjectKeyStore,
} from '../../../src/exchange-log/evidence/subject-key-store.ts';
import { openSubjectKeys } from '../../../src/exchange-log/evidence/subject-keys.ts';
import { createRandom } from '../../support/random-fixture.ts';

const fileFor = (t: Test) => path.join(t.testdir({}), 'subjects.db');
const current = (subject: string, nowMs = 1000) => ({ kind: 'current', subject, nowMs }) as const;
const erase = (subjects: readonly string[], madeBeforeMs = Number.MAX_SAFE_INTEGER) =>
  ({ kind: 'erase', subjects, madeBeforeMs }) as const;
/** As pseudonyms are: long, and in no order. */
const subjectNames = (count: number) => {
  const random = createRandom(7);
  return Array.from({ length: count }, (_one, nth) => `${random.below(1 << 30).toString(36)}-pseudonym-${nth}`);
};

const rawKey = (stored: KeyAnswer) => Buffer.from(typeof stored === 'object' ? stored.key : []);

function keyOf(store: SubjectKeyStore, subject: string, nowMs = 1000): Buffer {
  const [stored] = store.run([current(subject, nowMs)]);
  return rawKey(stored);
}

/** The journal included. */
function bytesOn(file: string): Buffer {
  const journal = `${file}-journal`;
  return Buffer.concat([readFileSync(file), existsSync(journal) ? readFileSync(journal) : Buffer.alloc(0)]);
}

t.test('a key is made once, is kept, and its file is for its owner only', async (t) => {
  const file = fileFor(t);
  const store = openSubjectKeyStore(file);
  const key = keyOf(store, 'a');
  t.equal(key.byteLength, 32);
  t.ok(keyOf(store, 'a').equals(key));
  t.notOk(keyOf(store, 'b').equals(key));
  store.close();
  t.equal(statSync(file).mode & 0o777, 0o600);
  const again = openSubjectKeyStore(file);
  t.ok(keyOf(again, 'a').equals(key));
  again.close();
});

t.test('keys from before there were check values get one, and stay', async (t) => {
  const file = fileFor(t);
  const store = openSubjectKeyStore(file);
  const key = keyOf(store, 'a');
  store.close();
  const database = new DatabaseSync(file);
  database.exec('DROP TABLE subject_key_check');
  database.close();
  const again = openSubjectKeyStore(file);
  t.ok(keyOf(again, 'a').equals(key));
  again.close();
});

t.test('after an erasure the raw bytes of the files hold the key no more', async (t) => {
  const file = fileFor(t);
  const store = openSubjectKeyStore(file);
  const subjects = subjectNames(2000);
  const keys = new Map<string, Buffer>();
  for (let from = 0; from < subjects.length; from += 250) {
    const part = subjects.slice(from, from + 250);
    const answers = store.run(part.map((subject) => current(subject)));
    for (const [nth, subject] of part.entries()) keys.set(subject, rawKey(answers[nth]));
  }
  const before = bytesOn(file);
  t.ok(
    subjects.every((subject) => before.includes(keys.get(subject) as Buffer)),
    'they can be found at all',
  );

  const erased = subjects.filter((_one, nth) => nth % 3 === 0);
  for (let from = 0; from < erased.length; from += 100) store.run([erase(erased.slice(from, from + 100))]);
  const after = bytesOn(file);
  t.same(
    erased.filter((subject) => after.includes(keys.get(subject) as Buffer)),
    [],
    'the erased ones are gone',
  );
  const kept = subjects.filter((_one, nth) => nth % 3 !== 0);
  t.ok(
    kept.every((subject) => after.includes(keys.get(subject) as Buffer)),
    'all others are there',
  );

  store.run([...erased, ...subjectNames(2500)].map((subject) => current(subject)));
  store.run([erase(subjects)]);
  store.close();
  const end = bytesOn(file);
  t.same(
    subjects.filter((subject) => end.includes(keys.get(subject) as Buffer)),
    [],
    'in the end none is left',
  );
});

t.test('an erasure that a crash interrupts is done or undone whole, and leaves no journal to be read', async (t) => {
  const file = fileFor(t);
  const store = openSubjectKeyStore(file);
  const key = keyOf(store, 'a');
  store.run([erase(['a'])]);
  // As if the process had ended before it wrote over the journal.
  const copy = `${file}.copy`;
  copyFileSync(file, copy);
  const journal = openSync(`${copy}-journal`, 'w');
  writeSync(journal, Buffer.concat([Buffer.alloc(512), key]));
  store.close();
  const again = openSubjectKeyStore(copy);
  t.notOk(bytesOn(copy).includes(key));
  t.notOk(keyOf(again, 'a').equals(key));
  again.close();
});

t.test('an erasure is done as often as it is asked for, and spares what was made after its time', async (t) => {
  const store = openSubjectKeyStore(fileFor(t));
  const old = keyOf(store, 'a', 1000);
  store.run([erase(['a', 'nobody'])]);
  const made = keyOf(store, 'a', 2000);
  t.notOk(made.equals(old));
  store.run([erase(['a'], 1500)]);
  t.ok(keyOf(store, 'a').equals(made));
  store.run([erase(['a'], 2001)]);
  t.notOk(keyOf(store, 'a').equals(made));
  store.close();
});

const limits = { subjectKeysCachedMax: 2, subjectKeysPendingMax: 50 };
const clock = { nowMs: Date.now };
const placesOf = (file: string) => ({ file, mark: `${file}.mark` });

t.test('keys come from memory or file alike, and waiting for the file is bounded', async (t) => {
  const keys = await openSubjectKeys(placesOf(fileFor(t)), limits, clock, () => t.fail('it did not fail'));
  t.teardown(() => keys.close());
  const { id } = await keys.current('a');
  for (const subject of ['b', 'c', 'd']) await keys.current(subject);
  t.equal((await keys.current('a')).id, id);
  t.ok(await keys.find('a', id));
  t.equal(await keys.find('b', id), 'unknown');
  const many = await Promise.allSettled(Array.from({ length: 60 }, (_one, nth) => keys.current(`s${nth}`)));
  t.equal(many.filter(({ status }) => status === 'rejected').length, 9, 'one is under way, fifty wait');
  t.ok(await keys.current('a'), 'and that was all');
});

t.test('a file that cannot be opened ends the start, one that breaks ends the making of keys', async (t) => {
  const file = fileFor(t);
  const missing = path.join(path.dirname(file), 'no-such-folder/subjects.db');
  await t.rejects(openSubjectKeys(placesOf(missing), limits, clock, () => undefined));
  const store = openSubjectKeyStore(file);
  store.run(subjectNames(3000).map((subject) => current(subject)));
  store.close();
  const failures: unknown[] = [];
  const keys = await openSubjectKeys(placesOf(file), limits, clock, (error) => failures.push(error));
  t.teardown(() => keys.close());
  const pages = openSync(file, 'r+');
  writeSync(pages, Buffer.alloc(statSync(file).size - 16_384, 0xff), 0, undefined, 16_384);
  await t.rejects(keys.current('zzz'), { message: /malformed/ });
  await t.rejects(keys.current('another'), { message: /malformed/ });
  t.equal(failures.length, 1);
});
