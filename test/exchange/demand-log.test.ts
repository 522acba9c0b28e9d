/** While the log takes nothing, nothing is done that could not be recorded: no registry asked, no quota charged, no body sealed. */

import path from 'node:path';
import t, { type Test } from 'tap';
import type { EvidenceVault } from '../../src/exchange/log-ports.ts';
import { agreementFixture } from '../support/agreement-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { createExchangeFixture, type ExchangeFixture, type ExchangeSetup } from '../support/exchange-fixture.ts';
import { makeLogFolder, openTestLog } from '../support/log-fixture.ts';
import { startLoopbackProxy } from '../support/loopback-proxy.ts';
import { askWitnesses, startTestWitness } from '../support/witness-fixture.ts';

const sealed = { bytes: 1, digest: 'sha-256=:x:', sealed: { file: '00000001-2026-03-02', offset: 7 } } as const;

/** Every question reaches the registry, every exchange is sealed, and each uses up quota that does not come back. */
async function createWatched(t: Test, log: ExchangeSetup['log'] = {}) {
  let seals = 0;
  const evidence: EvidenceVault = {
    seals: () => true,
    async seal() {
      seals += 1;
      return { request: sealed, answer: sealed };
    },
  };
  const agreements = [agreementFixture({ quota: { requestsPerSecond: 0.001, burst: 100 } })];
  const fixture = await createExchangeFixture(t, { evidence, agreements, log, service: { cacheTtlMs: 0 } });
  return { ...fixture, done: () => ({ asked: fixture.asked.length, seals, steps: fixture.steps.length }) };
}

const remaining = async ({ send }: ExchangeFixture) => (await send()).trail.quota?.remaining;

t.test('a log that failed: nothing is done for whoever comes after', async (t) => {
  const { send, disk, steps, done } = await createWatched(t);
  await send();
  disk.breakWith('sync', new Error('EIO'));
  await t.rejects(send(), { code: 'log-unavailable' });
  const before = done();
  steps.splice(0);
  for (const changes of [{}, { content: '{' }, { clientId: 'VN/GOV/G12/tax' }]) {
    await t.rejects(send(changes), { name: 'Problem', code: 'log-unavailable', cause: { message: 'EIO' } });
  }
  t.same(new Set(steps), new Set(['demandLog']));
  t.match(done(), { asked: before.asked, seals: before.seals });
});

t.test('an exchange under way when the log fails seals nothing any more', async (t) => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let seals = 0;
  const evidence: EvidenceVault = {
    seals: () => true,
    async seal() {
      seals += 1;
      return { request: sealed, answer: sealed };
    },
  };
  const registry = async () => {
    await held;
    return { found: false };
  };
  const { send, disk, asked } = await createExchangeFixture(t, { evidence, registry });
  const underWay = send();
  await eventually(() => asked.length === 1);
  disk.breakWith('sync', new Error('EIO'));
  await t.rejects(send({ content: '{' }), { code: 'log-unavailable' });
  answer();
  await t.rejects(underWay, { code: 'log-unavailable' });
  t.equal(seals, 0);
});

t.test('a log that lacks witnesses: nothing is done until they are back, and then as before', async (t) => {
  const own = await openTestLog({ folder: path.join(t.testdir({}), 'exchange-log') });
  await own.close();
  const witness = await startTestWitness(t, { folder: await makeLogFolder(t), logs: [own.vkey] });
  const proxy = await startLoopbackProxy(t, witness.url);
  const peer = { url: proxy.url, vkey: witness.vkey };
  const { cosigning } = askWitnesses([peer], { without: 'refuse', graceMs: 500 });
  const fixture = await createWatched(t, { cosigning, settings: { checkpointIntervalMs: 20 } });
  const { send, steps, done } = fixture;
  t.equal(await remaining(fixture), 99);
  await proxy.down();
  t.equal(await remaining(fixture), 98, 'there is a time of grace');
  // One that is under way when the grace ends may still be turned away at its end.
  await eventually(async () => {
    const before = steps.length;
    await send().catch(() => undefined);
    return steps.length === before + 1;
  });
  const last = done();
  for (const changes of [{}, { content: '{' }]) {
    await t.rejects(send(changes), { name: 'Problem', code: 'witnesses-missing', retryAfterSeconds: 5 });
  }
  t.same(steps.slice(last.steps), ['demandLog', 'demandLog']);
  t.match(done(), { asked: last.asked, seals: last.seals });
  const charged = steps.filter((step) => step === 'chargeQuota').length;
  await proxy.up();
  const left = await eventually(() => remaining(fixture).catch(() => undefined));
  t.equal(left, 99 - charged, 'who was refused was charged nothing');
});
