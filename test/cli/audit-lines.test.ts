/** A row of the audit index names who it was; who proved nothing is shown as having claimed a name. */

import t from 'tap';
import { describeRow } from '../../src/cli/audit-lines.ts';

const row = {
  log: 'lienthong.example/gateway-1',
  index: 7,
  id: '0190b8f2-0000-7000-8000-000000000000',
  kind: 'query',
  time: '2026-11-22T08:00:00.000Z',
  service: 'VN/GOV/G01/population/get-person',
  status: 200,
  durationMs: 3,
} as const;

t.test('who is known is named', async (t) => {
  t.match(describeRow({ ...row, consumer: 'VN/GOV/G07/social-protection' }), /Z VN\/GOV\/G07\/social-protection +VN/);
});

t.test('who proved nothing only claimed its name', async (t) => {
  const shown = describeRow({ ...row, claimedConsumer: 'VN/GOV/G07/social-protection' });
  t.match(shown, /Z claimed: VN\/GOV\/G07\/social-protection/);
});
