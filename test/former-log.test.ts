/** A log that cannot be written is opened again until it can be, and not beyond the end of the gateway. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { dataLog } from '../src/data-logs.ts';
import { keepOpen, type OpenedLog } from '../src/former-log.ts';
import { eventually } from './support/eventually.ts';

const place = dataLog('/nowhere', 'a', 2);
const by = { asker: 'auditor x', signal: new AbortController().signal };

/** Each opening goes as the next of `goes` says, the last one for ever; tells of each. */
function openings(goes: readonly ('fails' | 'writes' | 'refuses')[]) {
  const events: string[] = [];
  const open = async (failed: (error: unknown) => void): Promise<OpenedLog> => {
    const go = goes[Math.min(events.filter((event) => event !== 'closed').length, goes.length - 1)] ?? 'fails';
    events.push(go);
    if (go === 'fails') throw new Error('EIO');
    let isWritable = true;
    const log: Partial<OpenedLog> = {
      receipts: { find: async () => undefined, prove: async () => ({ json: '', tlogProof: '' }) },
      evidences: undefined,
      isWritable: () => isWritable,
      async record() {
        if (go === 'writes') return { index: 7, subjectNumber: undefined };
        isWritable = false;
        const error = new Error('EIO');
        failed(error);
        throw error;
      },
      caughtUp: async () => true,
      close: async () => void events.push('closed'),
    };
    return log as OpenedLog;
  };
  return { events, open };
}

const entry = {} as Parameters<OpenedLog['record']>[0];
const told: string[] = [];
const logger = { error: (_error: object, what?: string) => void told.push(what ?? '') };

t.test('what could not be opened at first is the start’s own failure', async (t) => {
  const { events, open } = openings(['fails']);
  await t.rejects(keepOpen({ place, settings: { reopenMs: 1, reopenMsMax: 1 }, open, logger }), { message: 'EIO' });
  await sleep(20);
  t.same(events, ['fails']);
});

t.test('it is closed and opened again until it takes entries, and told once for each cause', async (t) => {
  const inVain = Array<'fails'>(10).fill('fails');
  const { events, open } = openings(['refuses', ...inVain, 'writes']);
  const log = await keepOpen({ place, settings: { reopenMs: 50, reopenMsMax: 60 }, open, logger });
  t.equal(log.isWritable(), true);
  await t.rejects(log.record(entry), { code: 'checkpoint-pending', message: /a\/2 could not be written/ });
  t.equal(log.isWritable(), false);
  t.equal(await log.receipts.find('id', by), undefined, 'it is read on until it is closed');
  await eventually(() => events.includes('fails'));
  await t.rejects(log.receipts.find('id', by), { code: 'checkpoint-pending', retryAfterSeconds: 1 });
  t.throws(() => log.evidences, { code: 'checkpoint-pending' }, 'no erasure passes it by');
  t.equal(await log.caughtUp(1), false);
  await eventually(() => log.isWritable());
  t.equal((await log.record(entry)).index, 7);
  t.same(events, ['refuses', 'closed', ...inVain, 'writes']);
  t.equal(told.length, 1);
  await log.close();
  t.equal(events.at(-1), 'closed');
});

t.test('the end of the gateway waits for no further try', async (t) => {
  const { events, open } = openings(['refuses']);
  const log = await keepOpen({ place, settings: { reopenMs: 60_000, reopenMsMax: 60_000 }, open, logger });
  await t.rejects(log.record(entry));
  await log.close();
  t.same(events, ['refuses', 'closed']);
});
