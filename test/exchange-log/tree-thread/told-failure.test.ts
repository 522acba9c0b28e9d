/** What went wrong in one thread is the same failure in the other. */

import t from 'tap';
import { LogDamage } from '../../../src/exchange-log/store/damage.ts';
import { isMissing } from '../../../src/exchange-log/store/disk.ts';
import { DiskFailure } from '../../../src/exchange-log/store/disk-failure.ts';
import { failureOf, tell } from '../../../src/exchange-log/tree-thread/told-failure.ts';

const toldOf = (error: unknown) => failureOf(structuredClone(tell(error)));
const ofSystem = (code: string) => Object.assign(new Error(`${code}: it did not work`), { code });

t.test('damage keeps its place', (t) => {
  const damage = new LogDamage('tile/0/000', 32, 'the tile is cut off');
  const told = toldOf(damage);
  t.type(told, LogDamage);
  t.match(told, { message: damage.message, file: 'tile/0/000', offset: 32 });
  t.end();
});

t.test('a failed disk keeps its file and the system’s code', (t) => {
  const failure = new DiskFailure('/log/tile/0/000', ofSystem('EIO'));
  const told = toldOf(failure);
  t.type(told, DiskFailure);
  t.match(told, { message: failure.message, path: '/log/tile/0/000', code: 'EIO' });
  t.end();
});

t.test('a missing file is missing; anything else says what it said', (t) => {
  t.ok(isMissing(toldOf(ofSystem('ENOENT'))));
  t.match(toldOf(new RangeError('no such entry')), { message: 'no such entry' });
  t.notOk('code' in toldOf(new RangeError('no such entry')));
  t.equal(toldOf('a string').message, 'a string');
  t.end();
});
