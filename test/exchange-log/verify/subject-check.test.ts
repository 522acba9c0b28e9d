/** The numbers of a log's subjects are checked in order, and the first that is wrong is named. */

import t, { type Test } from 'tap';
import { canonicalJson } from '../../../src/exchange-log/canonical.ts';
import { createSubjectCheck } from '../../../src/exchange-log/verify/subject-check.ts';
import { entryFixture } from '../../support/entry-fixture.ts';

const file = 'tile/entries/000';

type Numbered = readonly [subject: string | undefined, subjectNumber: number | undefined];

/** Counts the entries, or throws. */
async function checked(t: Test, entries: readonly Numbered[]): Promise<number> {
  const check = await createSubjectCheck();
  t.teardown(() => check.close());
  for (const [index, [subject, subjectNumber]] of entries.entries()) {
    check.add(file, index, Buffer.from(canonicalJson(entryFixture({ subject, subjectNumber }))));
  }
  return check.counted;
}

t.test('each subject has its own numbers, and some entries have none', async (t) => {
  t.equal(
    await checked(t, [
      ['an', 1],
      [undefined, undefined],
      ['binh', 1],
      ['an', 2],
      ['an', 3],
    ]),
    4,
  );
});

t.test('gaps, repeats and what is not numbered', async (t) => {
  const faults: readonly (readonly [entries: readonly Numbered[], message: string])[] = [
    [[['an', 2]], 'entry 0 leaves a gap of subject an: it has 2 instead of 1 (the first one about that subject)'],
    [
      [
        ['an', 1],
        ['binh', 1],
        ['an', 3],
      ],
      'entry 2 leaves a gap of subject an: it has 3 instead of 2 (1 was entry 0)',
    ],
    [
      [
        ['an', 1],
        ['an', 1],
      ],
      'entry 1 repeats a number of subject an: it has 1 instead of 2 (1 was entry 0)',
    ],
    [
      [
        ['an', 1],
        ['an', undefined],
      ],
      'entry 1 has a subject and is not numbered',
    ],
    [[[undefined, 1]], 'entry 0 is numbered 1 and has no subject'],
  ];
  for (const [entries, message] of faults) {
    await t.rejects(checked(t, entries), { name: 'LogFault', path: file, message: `${file}: ${message}` });
  }
});

t.test('the words "subject" and "subjectNumber" in other places are no subject', async (t) => {
  const check = await createSubjectCheck();
  t.teardown(() => check.close());
  const look = '{"filters":{"subject":"an","subjectNumber":"7"},"kind":"audit","look":"exchanges"}';
  check.add(file, 0, Buffer.from(look));
  t.equal(check.counted, 0);
});
