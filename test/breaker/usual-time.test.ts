/** What a call should have left when it begins follows what calls have taken. */

import t from 'tap';
import { createUsualTime } from '../../src/breaker/usual-time.ts';

t.test('before any call nothing is known', async (t) => {
  t.equal(createUsualTime().ms, 0);
});

t.test('it follows a registry that becomes slower, and one that is quick again', async (t) => {
  const usual = createUsualTime();
  for (let call = 0; call < 50; call += 1) usual.took(100);
  t.ok(usual.ms >= 100 && usual.ms < 101, `${usual.ms}`);
  for (let call = 0; call < 5; call += 1) usual.took(1000);
  t.ok(usual.ms > 1000, `${usual.ms}`);
  for (let call = 0; call < 50; call += 1) usual.took(100);
  t.ok(usual.ms < 150, `${usual.ms}`);
});

t.test('times that differ leave a margin', async (t) => {
  const usual = createUsualTime();
  for (let call = 0; call < 100; call += 1) usual.took(call % 2 === 0 ? 50 : 150);
  t.ok(usual.ms > 150 && usual.ms < 350, `${usual.ms}`);
});
