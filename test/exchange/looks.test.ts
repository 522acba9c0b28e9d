/** What the log keeps of a look: who, what and why, in pseudonyms, allowed or refused. */

import t from 'tap';
import type { LogEntry } from '../../src/exchange/entries.ts';
import { createLooks, type LookRequest } from '../../src/exchange/looks.ts';
import { canonicalJson } from '../../src/exchange-log/canonical.ts';
import { createPseudonyms } from '../../src/exchange-log/pseudonyms.ts';
import { Problem } from '../../src/problems.ts';
import { createSettableClock } from '../support/clock-fixture.ts';

const pseudonyms = createPseudonyms({ pseudonym: Buffer.alloc(32, 1), evidence: Buffer.alloc(32, 2) });
const request: LookRequest = {
  id: '01981f2e-7c00-7000-8000-000000000001',
  look: 'exchanges',
  role: 'auditor',
  by: 'auditor-1',
  issue: 'case 7',
  subject: pseudonyms.person('099190000001'),
  filters: { outcome: 'ok' },
};

async function recorded(changes: Partial<LookRequest>): Promise<LogEntry> {
  const entries: LogEntry[] = [];
  const log = { record: async (entry: LogEntry) => ({ index: entries.push(entry) - 1 }) };
  const looks = createLooks({ clock: createSettableClock(), log, pseudonyms });
  t.equal((await looks.record({ ...request, ...changes })).index, 0);
  return entries[0] as LogEntry;
}

t.test('a look that was allowed', async (t) => {
  const entry = await recorded({});
  t.match(entry, { kind: 'audit', status: 200, problem: undefined, official: pseudonyms.official('auditor-1') });
  t.equal(entry.issue, pseudonyms.text('case 7'));
  t.equal(JSON.stringify(entry), canonicalJson(entry), 'the members stand in canonical order as they are');
  t.notOk(JSON.stringify(entry).includes('auditor-1'));
});

t.test('a look that was refused says why', async (t) => {
  const refusal = new Problem('role-not-allowed', 'The token lacks the scope exchanges.');
  t.match(await recorded({ refusal }), { status: 403, problem: 'role-not-allowed' });
});

t.test('without a log nothing is looked at', async (t) => {
  const log = { record: () => Promise.reject(new Error('EIO')) };
  const looks = createLooks({ clock: createSettableClock(), log, pseudonyms });
  await t.rejects(looks.record(request), { code: 'log-unavailable' });
});
