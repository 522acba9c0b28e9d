/** Which cores there are, and how a command is bound to one. */

import t from 'tap';
import { onCore, parseCores } from '../../bench/pinning.ts';

t.test('a list of cores is read as Linux prints it', async (t) => {
  t.same(parseCores(' 0-2,5\n'), [0, 1, 2, 5]);
  t.same(parseCores('3'), [3]);
  t.same(parseCores('4,2-3'), [4, 2, 3]);
  t.same(parseCores(''), []);
});

t.test('a command runs on its core, or anywhere where there is none for it', async (t) => {
  t.same(onCore(2, ['x.ts']), { command: 'taskset', arguments: ['-c', '2', process.execPath, 'x.ts'] });
  t.same(onCore('0,2', ['x.ts']), { command: 'taskset', arguments: ['-c', '0,2', process.execPath, 'x.ts'] });
  t.same(onCore(undefined, ['x.ts']), { command: process.execPath, arguments: ['x.ts'] });
});
