import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import t from 'tap';
import { eachLine } from '../../src/embedded/lines.ts';

const linesOf = async (chunks: readonly (string | Buffer)[], lineCharsMax: number): Promise<string[]> => {
  const stream = new PassThrough();
  const lines: string[] = [];
  eachLine(stream, lineCharsMax, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
  return lines;
};

t.test('lines arrive whole, however the chunks are cut, the last one without its end too', async (t) => {
  t.strictSame(await linesOf(['one\ntw', 'o\n\nthree'], 100), ['one', 'two', 'three']);
  const text = Buffer.from('Hòa\n');
  t.strictSame(await linesOf([text.subarray(0, 2), text.subarray(2)], 100), ['Hòa'], 'a character may be cut as well');
});

t.test('a line without end arrives in pieces and is not kept', async (t) => {
  t.strictSame(await linesOf(['abcdefgh', 'ij', 'kl\nm'], 4), ['abcd', 'efgh', 'ijkl', 'm']);
});
