/** What a check of a log tells beside "whole": what is not stamped, and what no entry names. */

import t from 'tap';
import { type CheckedLog, describeLog } from '../../src/cli/log-lines.ts';

const checked: CheckedLog = {
  vouching: { cosigners: [], unchecked: 0 },
  checkpoint: { origin: 'lienthong.example/test', size: 900, root: Buffer.alloc(32) },
  older: undefined,
  files: { count: 12, ahead: 0 },
  segments: { count: 1, pending: 0 },
  timestamps: undefined,
  numbered: undefined,
  unnamedEvidence: [],
};
const stamps = { count: 3, areChecked: true, firstMs: 0, lastMs: 1, covered: 900, bare: undefined };
const told = (changes: Partial<CheckedLog>) => describeLog({ ...checked, ...changes }, true);

t.test('entries behind the newest timestamp are counted', async (t) => {
  t.match(told({ timestamps: stamps }), /^3 timestamps hold, from 1970\S+ to 1970\S+Z\.$/m);
  t.match(told({ timestamps: { ...stamps, covered: 700 } }), /Z\. 200 entries are not stamped yet\.$/m);
  const unchecked = { ...stamps, areChecked: false, covered: 899 };
  t.match(
    told({ timestamps: unchecked }),
    /^3 timestamps are whole, .* NOT checked: .* 1 entries are not stamped yet\.$/m,
  );
});

t.test('a checkpoint without its token is noted, also where no other has one', async (t) => {
  for (const count of [0, 3]) {
    const timestamps = { ...stamps, areChecked: false, count, bare: 900 };
    t.match(told({ timestamps }), /^NOTE: the checkpoint of 900 entries is among the timestamps without its token: /m);
  }
  t.notMatch(told({ timestamps: { ...stamps, areChecked: false, count: 0 } }), /timestamp/, 'nobody asked for one');
});

t.test('evidence that no entry names is noted: all of it counted, some of it named', async (t) => {
  t.notMatch(told({}), /NOTE/);
  const files = Array.from({ length: 7 }, (_one, at) => `0000000${at}-2026-03-02.sealed`);
  const named = /^NOTE: 7 evidence files are named by no entry: 00000000-\S+, .*4-2026-03-02\.sealed, and 2 more\. /m;
  t.match(told({ unnamedEvidence: files }), named);
});
