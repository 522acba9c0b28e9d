/** One range of bytes, as RFC 9110 section 14 has it; everything else is the whole. */

import t from 'tap';
import { readByteRange } from '../../src/http/byte-range.ts';

t.test('a range', async (t) => {
  t.same(readByteRange('bytes=0-0', 100), { start: 0, end: 0 });
  t.same(readByteRange('bytes=10-', 100), { start: 10, end: 99 });
  t.same(readByteRange('bytes=90-200', 100), { start: 90, end: 99 });
  t.same(readByteRange('bytes=-10', 100), { start: 90, end: 99 });
  t.same(readByteRange('bytes=-200', 100), { start: 0, end: 99 });
});

t.test('the whole', async (t) => {
  for (const header of [
    undefined,
    '',
    'bytes=-',
    'bytes=-0',
    'bytes=100-',
    'bytes=5-4',
    'bytes=0-1,4-5',
    'lines=0-1',
  ]) {
    t.equal(readByteRange(header, 100), undefined, String(header));
  }
});
