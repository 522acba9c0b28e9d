/** An entry is printed as RFC 8785 says, judged by another implementation of it. */

import canonicalize from 'canonicalize';
import t from 'tap';
import type { LogEntry } from '../../src/exchange/entries.ts';
import { canonicalJson } from '../../src/exchange-log/canonical.ts';
import { entryFixture } from '../support/entry-fixture.ts';
import { createRandom, type Random } from '../support/random-fixture.ts';

const numbers = [0, -0, 1, 0.1, 1e21, 1e-7, 123456.789, 2 ** 53, 5e-324, 1.7976931348623157e308, 1 / 3];

function randomEntry(random: Random): LogEntry {
  const text = () => random.text(8);
  const perhaps = <T>(make: () => T) => (random.chance(0.5) ? make() : undefined);
  const evidence = () => ({ digest: text(), bytes: random.below(1e6) });
  const members: Partial<LogEntry> = {
    legalBasis: perhaps(text),
    issue: perhaps(text),
    request: evidence(),
    answer: perhaps(evidence),
    fields: perhaps(() => Array.from({ length: random.below(4) }, text)),
    durationMs: random.pick(numbers),
    registryMs: perhaps(() => random.pick(numbers)),
  };
  const shuffled = Object.entries(entryFixture(members)).sort(() => random.next() - 0.5);
  return Object.fromEntries(shuffled) as unknown as LogEntry;
}

t.test('random entries are printed like the reference prints them', async (t) => {
  for (let seed = 0; seed < 500; seed += 1) {
    const entry = randomEntry(createRandom(seed));
    if (!t.equal(canonicalJson(entry), canonicalize(entry), `seed ${seed}`)) return;
  }
});

t.test('what is undefined is not printed, and what is empty is', async (t) => {
  const printed = canonicalJson(entryFixture({ fields: [], issue: '' }));
  t.match(printed, /"fields":\[\],/);
  t.match(printed, /"issue":"",/);
  t.notMatch(printed, /agreement|subject|null/);
});

t.test('an entry is one line', async (t) => {
  t.notMatch(canonicalJson(entryFixture({ issue: 'a\nb\r\u2028\u0085' })), /[\n\r]/);
});
