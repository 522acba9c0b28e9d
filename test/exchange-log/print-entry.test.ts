/** The bytes that the log keeps of an entry are canonical JSON, judged by another implementation of it. */

import canonicalize from 'canonicalize';
import t from 'tap';
import type { AdminEntry, ExchangeEntry, LogEntry, LookEntry } from '../../src/exchange/entries.ts';
import { createEntryPrinter } from '../../src/exchange-log/print-entry.ts';
import { createCommitMemory } from '../../src/exchange-log/store/commit-memory.ts';
import { entryFixture } from '../support/entry-fixture.ts';
import { createRandom, type Random } from '../support/random-fixture.ts';

const paper = createCommitMemory(65_535);
const printEntry = createEntryPrinter(paper);

/** In each entry some members may be ASCII, Latin-1 or anything else, each on its own. */
function textsOf(random: Random): () => string {
  const latin = ['é', 'ÿ', '\u0080', 'Ã', 'a', '"'];
  const latinText = () => Array.from({ length: random.below(4) }, () => random.pick(latin)).join('');
  return () => random.pick([() => 'plain', latinText, () => random.text(8)])();
}

function randomQuery(random: Random): ExchangeEntry {
  const text = textsOf(random);
  const perhaps = <T>(make: () => T) => (random.chance(0.5) ? make() : undefined);
  const evidence = () => ({
    sealed: perhaps(() => ({ offset: random.below(1e9), file: text() })),
    digest: text(),
    bytes: random.below(1e6),
  });
  const plain = random.chance(0.3);
  const entry = entryFixture({
    legalBasis: perhaps(text),
    request: evidence(),
    answer: perhaps(evidence),
    durationMs: random.pick([0, 12, 1e21, 1 / 3]),
    registryMs: perhaps(() => random.pick([-0, 0.001, 5e-324])),
    ...(plain
      ? {}
      : { issue: perhaps(text), purpose: perhaps(text), fields: perhaps(() => [text(), text()]), id: text() }),
  });
  const shuffled = Object.entries(entry).sort(() => random.next() - 0.5);
  return Object.fromEntries(shuffled) as unknown as ExchangeEntry;
}

function printedByReference(entry: LogEntry, subjectNumber: number | undefined): string | undefined {
  return canonicalize(subjectNumber === undefined ? entry : { ...entry, subjectNumber });
}

t.test('random exchanges are printed like the reference prints them, whatever their texts hold', async (t) => {
  for (let seed = 0; seed < 2000; seed += 1) {
    const random = createRandom(seed);
    const entry = randomQuery(random);
    const number = random.chance(0.5) ? random.below(1e9) : undefined;
    const printed = printEntry(entry, number);
    if (!t.equal(printed.toString(), printedByReference(entry, number), `seed ${seed}`)) return;
    if (!t.ok(printed.equals(Buffer.from(printed.toString())), `seed ${seed}: UTF-8`)) return;
  }
});

t.test('every member of an exchange is printed', async (t) => {
  const texts = Object.fromEntries(Object.keys(entryFixture()).map((name) => [name, `value of ${name}`]));
  const entry = { ...entryFixture(), ...texts, kind: 'query', request: { bytes: 1, digest: 'd' }, answer: undefined };
  const printed = printEntry(entry as unknown as ExchangeEntry, 7).toString();
  t.equal(printed, printedByReference(entry as unknown as ExchangeEntry, 7));
});

t.test('so are looks and what operators change', async (t) => {
  const base = { durationMs: 0, id: 'i', issue: 'đ', official: 'o', status: 200, subject: 's', time: 't' };
  const look = { ...base, role: 'auditor', look: 'exchanges', kind: 'audit', filters: { b: 'é', a: '"' } };
  const change = { ...base, reason: 'court-order', kind: 'admin', action: 'erase-subject-key' };
  for (const entry of [look as unknown as LookEntry, change as unknown as AdminEntry]) {
    for (const number of [undefined, 3]) {
      t.equal(printEntry(entry, number).toString(), printedByReference(entry, number));
    }
  }
});
