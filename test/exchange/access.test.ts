/** What the person whom an entry is about is told of it. */

import t from 'tap';
import { describeAccess } from '../../src/exchange/access.ts';
import type { AuditRow } from '../../src/exchange/audit.ts';
import type { DeliveryEntry, LogEntry } from '../../src/exchange/entries.ts';
import { entryFixture } from '../support/entry-fixture.ts';

const { id, time } = entryFixture();
const push = { id, time, kind: 'delivery', consumer: 'VN/GOV/H26/one-stop', version: 'v1', status: 200, durationMs: 0 };
const delivery = (state: string, problem?: string) => ({ ...push, state, problem }) as DeliveryEntry;
/** The same out of the index, where states are actions. */
const row = (action: string) => ({ ...push, log: 'a', index: 1, action }) as AuditRow;

t.test('a push that a registry refused is no success', async (t) => {
  for (const entry of [delivery('refused'), row('refused')] as const)
    t.match(describeAccess(entry), { kind: 'delivery', action: 'refused', outcome: 'refused' });
  t.match(describeAccess(delivery('delivered')), { action: 'delivered', outcome: 'ok' });
  t.match(describeAccess(delivery('retrying', 'registry-failed')), { action: 'retrying', outcome: 'registry-failed' });
});

t.test('an event is told with its name, an exchange without any action', async (t) => {
  const event = { ...push, kind: 'event', action: 'death-registered' } as LogEntry;
  t.match(describeAccess(event), { kind: 'event', action: 'death-registered', outcome: 'ok' });
  t.notOk('action' in describeAccess(entryFixture()));
});
