/** Lines are cut where they end, however the bytes arrive. */

import t from 'tap';
import { createLineSplitter } from '../../../src/exchange/bulk/split-lines.ts';

function split(text: string, bytesMax: number, chunkBytes: number): [number, string | undefined][] {
  const splitter = createLineSplitter(bytesMax);
  const bytes = Buffer.from(text);
  const lines = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    lines.push(...splitter.split(bytes.subarray(at, at + chunkBytes)));
  lines.push(...splitter.end());
  return lines.map(({ number, content }) => [number, content && Buffer.from(content).toString()]);
}

t.test('in chunks of every size the lines are the same', async (t) => {
  const text = 'a\r\n\n  \nbürger\r\n12345678\r\n123456789\n\r\n123456789012345678\nlast';
  for (let chunkBytes = 1; chunkBytes <= text.length + 1; chunkBytes += 1) {
    t.same(split(text, 8, chunkBytes), [
      [1, 'a'],
      [4, 'bürger'],
      [5, '12345678'],
      [6, undefined],
      [8, undefined],
      [9, 'last'],
    ]);
  }
});

t.test('a line feed at the very end begins no line', async (t) => {
  t.same(split('a\n', 8, 1), [[1, 'a']]);
  t.same(split('', 8, 1), []);
  t.same(split('\n\n', 8, 1), []);
  t.same(split('123456789', 8, 3), [[1, undefined]]);
});
