/** A token alone does not fill the log by looking: beyond a rate looks are refused, and counted together. */

import t from 'tap';
import { urlSource } from '../../src/exchange-log/verify/log-source.ts';
import { startCitizenGateway } from '../support/citizen-fixture.ts';
import { eventually } from '../support/eventually.ts';
import type { Reply } from '../support/gateway.ts';
import { pins } from '../support/incoming-fixture.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const gateway = await startCitizenGateway(t, {
  settings: {
    accesses: { looksBurst: 5, looksPerSecond: 0.01 },
    audit: { looksBurst: 4, looksPerSecond: 5 },
    overload: { tallyIntervalMs: 100 },
  },
});

async function asked(times: number, ask: () => Promise<Reply>): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let time = 0; time < times; time += 1) replies.push(await ask());
  return replies;
}

const statuses = (replies: readonly Reply[]) => replies.map(({ status }) => status);
const looksBy = async (role: string) =>
  (await gateway.entries()).filter((entry) => entry.kind === 'audit' && entry.role === role);

/** What the tally has of that problem, as soon as it is so many. */
const counted = (problem: string, count: number) =>
  eventually(async () => {
    const tally = (await gateway.entries()).filter((entry) => entry.kind === 'refusals' && entry.problem === problem);
    return tally.reduce((sum, entry) => sum + (entry.count ?? 0), 0) === count && tally;
  });

t.test('one person’s questions beyond the rate are told when to come again, and are no entries', async (t) => {
  const token = await gateway.citizen(pins.hoa);
  const replies = await asked(15, () => gateway.get('/v2/usagePeriod', token));
  t.same(statuses(replies), [...Array<number>(5).fill(200), ...Array<number>(10).fill(429)]);
  const { headers, body } = replies.at(-1) as Reply;
  t.match(body, { code: 'quota-exceeded', status: 429, detail: / 5 at once, and 0\.01 a second/ });
  const seconds = Number(headers.get('retry-after'));
  t.ok(seconds > 90 && seconds <= 100, `${seconds} s for a hundredth a second`);
  t.equal(headers.get('exchange-log-index'), null);
  t.equal((await gateway.accessesOf(pins.hoa)).status, 429, 'however it is asked');
  t.equal((await looksBy('citizen')).length, 5);
  const [tally] = await counted('quota-exceeded', 11);
  t.match(tally, { status: 429 });
  t.notOk(tally?.claimedConsumer);
  t.equal((await gateway.accessesOf(pins.duc)).status, 200, 'nobody else pays for it');
});

t.test('refused looks are looks, and beyond the rate are told why they are refused all the same', async (t) => {
  const before = (await looksBy('citizen')).length;
  const token = await gateway.citizen(pins.minh);
  const replies = [
    ...(await asked(4, () => gateway.post('/v1/audit/subjects', { pin: pins.hoa }, token))),
    ...(await asked(4, () => gateway.get('/v1/exchanges/01890b8f-0000-7000-8000-000000000000', token))),
  ];
  t.same(statuses(replies), Array<number>(8).fill(403));
  t.same(
    replies.map(({ headers }) => headers.has('exchange-log-index')),
    [true, true, true, true, true, false, false, false],
  );
  t.equal((await looksBy('citizen')).length - before, 5);
  await counted('role-not-allowed', 3);
});

t.test('auditors have a rate of their own, each', async (t) => {
  const busy = await gateway.auditor({ id: 'auditor-busy' });
  const { id } = (await gateway.entries())[0] as { id: string };
  const paths = [`/v1/audit/exchanges/${id}`, `/v1/exchanges/${id}/receipt`, `/v1/exchanges/${id}`];
  const replies = await Promise.all([...paths, ...paths, ...paths].map((path) => gateway.get(path, busy)));
  const refused = statuses(replies).filter((status) => status === 429).length;
  t.ok(refused >= 3 && refused <= 5, `${refused} of 9 beyond a burst of 4`);
  const other = await gateway.get('/v1/audit/exchanges', await gateway.auditor({ id: 'auditor-other' }));
  t.equal(other.status, 200);
});

t.test('who reads the log from afar waits for its turn', async (t) => {
  const token = await gateway.auditor({ id: 'auditor-reader' });
  const source = urlSource(`${gateway.url}/log`, { token, timeoutMs: 20_000 });
  const size = Number(String(await source.read('checkpoint')).split('\n')[1]);
  const before = (await looksBy('auditor')).length;
  const files = await Promise.all(Array.from({ length: 9 }, () => source.read(`tile/entries/000.p/${size}`)));
  t.equal(files.filter((file) => file !== undefined).length, 9);
  t.equal((await looksBy('auditor')).length - before, 9);
  await t.rejects(
    (async () => {
      const hurried = urlSource(`${gateway.url}/log`, { token, timeoutMs: 500 });
      for (let reads = 0; reads < 50; reads += 1) await hurried.read(`tile/entries/000.p/${size}`);
    })(),
    { message: / is answered with 429$/ },
    'but no longer than for an answer',
  );
});
