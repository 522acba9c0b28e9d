/** A day of Viet Nam begins seven hours before that of UTC ends. */

import t from 'tap';

import { dayInVietNam } from '../../src/adapter-kit/index.ts';

t.test('the day changes at 17:00 UTC, the year with it', (t) => {
  t.equal(dayInVietNam(Date.parse('2025-12-31T16:59:59.999Z')), '2025-12-31');
  t.equal(dayInVietNam(Date.parse('2025-12-31T17:00:00.000Z')), '2026-01-01');
  t.end();
});
