/** Bodies of sealed services are durable before the entry that refers to them; all others cost and change nothing. */

import t from 'tap';
import type { ExchangeEntry } from '../../src/exchange/entries.ts';
import type { EvidenceVault, ExchangeBodies } from '../../src/exchange/log-ports.ts';
import { createExchangeFixture, type ExchangeFixture } from '../support/exchange-fixture.ts';
import { pins } from '../support/incoming-fixture.ts';

const sealed = (part: string) => ({
  bytes: 1,
  digest: `sha-256=:${part}:`,
  sealed: { file: '00000001-2026-03-02', offset: 7 },
});

function createVault(service: string, failing?: Error) {
  const bodies: ExchangeBodies[] = [];
  const vault: EvidenceVault = {
    seals: (id) => id === service,
    async seal(one) {
      bodies.push(one);
      if (failing !== undefined) throw failing;
      return { request: sealed('request'), answer: one.answer === undefined ? undefined : sealed('answer') };
    },
  };
  return { vault, bodies };
}

const getPerson = 'VN/GOV/G01/population/get-person';
const entriesOf = async ({ entries }: ExchangeFixture) => (await entries()) as ExchangeEntry[];

t.test('the entry of a sealed exchange has the digests of its sealed bodies and where they lie', async (t) => {
  const { vault, bodies } = createVault(getPerson);
  const fixture = await createExchangeFixture(t, { evidence: vault });
  const { outcome } = await fixture.send();
  const [entry] = await entriesOf(fixture);
  t.same(entry?.request, sealed('request'));
  t.same(entry?.answer, sealed('answer'));
  t.equal(bodies.length, 1);
  t.equal(bodies[0]?.exchangeId, entry?.id);
  t.equal(bodies[0]?.subject, entry?.subject);
  t.same(JSON.parse(String(Buffer.from(bodies[0]?.request ?? []))), { pin: pins.hoa });
  t.equal(bodies[0]?.answer, 'answer' in outcome ? outcome.answer.content : '', 'what was disclosed, and no more');
  t.same(fixture.steps.slice(-3), ['demandLog', 'sealEvidence', 'record']);
});

t.test('a refusal after validation seals the request, one before it leaves a keyed digest', async (t) => {
  const { vault, bodies } = createVault(getPerson);
  const fixture = await createExchangeFixture(t, { evidence: vault, agreements: [] });
  await fixture.send();
  await fixture.send({ content: { pin: pins.hoa, nothing: 1 } });
  await fixture.send({ serviceId: 'VN/GOV/G01/population/listMethods', version: '', verb: 'GET', content: '' });
  const [refused, invalid, meta] = await entriesOf(fixture);
  t.match(refused, { problem: 'agreement-missing', request: sealed('request') });
  t.equal(refused?.answer, undefined);
  t.match(invalid, { problem: 'message-invalid', subject: refused?.subject, request: { digest: /^hmac-sha-256=/ } });
  t.match(meta, { request: { digest: /^hmac-sha-256=/ } });
  t.equal(bodies.length, 1);
});

t.test('services that are not sealed do not meet the step', async (t) => {
  const { vault, bodies } = createVault('VN/GOV/G01/population/get-household');
  const fixture = await createExchangeFixture(t, { evidence: vault });
  await fixture.send();
  t.same(bodies, []);
  t.notOk(fixture.steps.includes('sealEvidence'));
  t.match((await entriesOf(fixture))[0], { answer: { digest: /^hmac-sha-256=/ }, request: { sealed: undefined } });
});

t.test('where the bodies cannot be kept the answer is withheld, and that is recorded', async (t) => {
  const { vault } = createVault(getPerson, new Error('EIO'));
  const fixture = await createExchangeFixture(t, { evidence: vault });
  const { outcome, position } = await fixture.send();
  t.match(outcome, { problem: { code: 'log-unavailable', cause: { message: 'EIO' } } });
  t.notOk('answer' in outcome);
  t.equal(position.index, 0);
  const [entry] = await entriesOf(fixture);
  t.match(entry, { status: 503, problem: 'log-unavailable', request: { digest: /^hmac-sha-256=/ } });
  t.equal(entry?.answer, undefined);
  t.match(fixture.faults, [{ problem: { code: 'log-unavailable' } }], 'the operator is told');
});
