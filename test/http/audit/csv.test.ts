/** CSV that programs read back exactly and that no spreadsheet runs. */

import t from 'tap';
import { csvLine } from '../../../src/http/audit/csv.ts';

t.test('RFC 4180: quotes, commas, line ends, absent cells', async (t) => {
  t.equal(
    csvLine(['a', undefined, 'b,c', 'say "x"', 'two\r\nlines', 7, -1.5, ['x', 'y'], null]),
    'a,,"b,c","say ""x""","two\r\nlines",7,-1.5,x y,\r\n',
  );
});

t.test('no cell is a formula', async (t) => {
  for (const evil of ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '=HYPERLINK("http://x","y")']) {
    const line = csvLine([evil]);
    t.match(line, /^"?'/, evil);
  }
  t.equal(csvLine(["'a", 'a=b']), "'a,a=b\r\n", 'nothing else is changed');
});
