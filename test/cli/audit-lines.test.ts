/** A row of the audit index says what it is and who it was; who proved nothing is shown as having claimed a name. */

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
  t.match(
    describeRow({ ...row, consumer: 'VN/GOV/G07/social-protection' }),
    /Z query +VN\/GOV\/G07\/social-protection +VN/,
  );
});

t.test('who proved nothing only claimed its name', async (t) => {
  const shown = describeRow({ ...row, claimedConsumer: 'VN/GOV/G07/social-protection' });
  t.match(shown, /Z query +claimed: VN\/GOV\/G07\/social-protection/);
});

t.test('each kind of entry says what it is, and a registry’s refusal that it is one', async (t) => {
  const sender = { ...row, consumer: 'VN/GOV/H26/one-stop' };
  const shown: [Parameters<typeof describeRow>[0], RegExp][] = [
    [{ ...sender, kind: 'push' }, /Z push +VN\/GOV\/H26\/one-stop +VN.* ok /],
    [{ ...sender, kind: 'delivery', action: 'refused' }, /Z delivery refused +VN.*one-stop +VN.* refused +lien/],
    [{ ...sender, kind: 'delivery', action: 'delivered' }, /Z delivery delivered +VN.* ok +lien/],
    [
      { ...sender, kind: 'delivery', action: 'retrying', problem: 'registry-failed' },
      /Z delivery retrying +VN.* registry-failed +lien/,
    ],
    [{ ...sender, kind: 'event', action: 'death-registered' }, /Z event death-registered +VN.*one-stop +VN.* ok /],
  ];
  for (const [one, form] of shown) t.match(describeRow(one), form);
});

t.test('who looked or acted is told apart by a part of their pseudonym', async (t) => {
  const official = 'dSk4H2nCmYz1-6IhqWbpQ1PjvXrE0sTtL8uKcAfGgMo';
  const { service: _, ...bare } = row;
  t.match(
    describeRow({ ...bare, kind: 'admin', action: 'discard', official }),
    /Z admin discard +operator dSk4H2nCmYz1… +- +ok /,
  );
  t.match(
    describeRow({ ...bare, kind: 'admin', action: 'restart-webhook', official, consumer: 'VN/GOV/G07/x' }),
    /Z admin restart-webhook +operator dSk4H2nCmYz1… +VN\/GOV\/G07\/x +ok /,
  );
  t.match(
    describeRow({ ...bare, kind: 'admin', action: 'discard', official, role: 'auditor', problem: 'role-not-allowed' }),
    /auditor dSk4H2nCmYz1… +- +role-not-allowed /,
  );
  t.match(
    describeRow({ ...bare, kind: 'audit', look: 'export', official, role: 'auditor' }),
    /Z audit +auditor dSk4H2nCmYz1… +export +ok /,
  );
});
