/** What an entry of the log tells and what it must never hold: personal numbers, names, message ids, messages. */

import t from 'tap';
import { entryOf } from '../../src/exchange/entry.ts';
import type { Answer, Grant, Incoming, Message, Outcome, Trail } from '../../src/exchange/types.ts';
import { canonicalJson } from '../../src/exchange-log/canonical.ts';
import { createPseudonyms } from '../../src/exchange-log/pseudonyms.ts';
import { Problem } from '../../src/problems.ts';
import { createSettableClock } from '../support/clock-fixture.ts';
import { createIdentityFixture } from '../support/identity-fixture.ts';
import { incomingFixture, pins } from '../support/incoming-fixture.ts';
import { shippedService } from '../support/service-fixture.ts';

const clock = createSettableClock();
const { identity } = await createIdentityFixture(clock);
const pseudonyms = createPseudonyms({ pseudonym: Buffer.alloc(32, 1), evidence: Buffer.alloc(32, 2) });
const deps = { clock, identity, pseudonyms };
const refused: Outcome = { problem: new Problem('json-malformed', 'It is no JSON.') };

const answer: Answer = {
  content: '{"found":true,"person":{"fullName":"Nguyễn Thị Hòa"}}',
  contentType: 'application/json',
  source: 'registry',
  ageSeconds: 0,
  ttlSeconds: 60,
  fields: ['fullName'],
  registryMs: 1.23456,
};

const fullTrail = (incoming: Incoming): Trail => ({
  client: { id: 'VN/GOV/G22/portal', safetyLevel: 4, authenticatedBy: 'token', confinedTo: undefined },
  service: shippedService('get-person'),
  message: { subject: pins.hoa, purpose: 'dossier-prefill', exchangeId: incoming.id } as Message,
  grant: { agreementId: 'AGR-1', legalBasis: 'Decree', purpose: 'dossier-prefill' } as Grant,
});

t.test(
  'an entry holds no personal number, name or message id in the clear, whatever headers a caller sends',
  async (t) => {
    const secrets = [
      pins.hoa,
      'Nguyễn Thị Hòa',
      'NGUYENTHIHOA',
      'HOA',
      `H26-${pins.hoa}`,
      `H26-260302-${pins.hoa}`,
      `H26.${pins.hoa}-260302-0001`,
      `G22/${pins.hoa}`,
      `${pins.hoa}/G22`,
      'HOA/G22',
      'NGUYENTHIHOA/H26',
      `GOV/${pins.hoa}`,
      '001190-123456',
      'H26-001190-123456',
      'A00-000000-00000000',
      'H26-260302-0001\n099190000001',
      '123456789',
    ];
    for (const secret of secrets) {
      const incoming = incomingFixture({
        clientId: `VN/GOV/G22/${encodeURIComponent(secret)}`,
        serviceId: `VN/GOV/G01/population/${encodeURIComponent(secret)}`,
        version: secret,
        verb: secret,
        query: secret,
        messageId: secret,
        official: secret,
        issue: secret,
        representedParty: secret,
        purpose: secret,
        credentials: { bearerToken: secret, remoteAddress: secret },
        content: { pin: secret, fullName: secret },
      });
      for (const trail of [{}, fullTrail(incoming)]) {
        for (const outcome of [refused, { answer }]) {
          const printed = canonicalJson(entryOf(deps, incoming, trail, outcome));
          t.notOk(printed.includes(JSON.stringify(secret).slice(1, -1)), secret);
          t.notOk(printed.includes(encodeURIComponent(secret)), secret);
          t.notOk(printed.includes('Nguyễn'), 'nor anything of the answer');
        }
      }
    }
  },
);

t.test('the codes that auditors search by stay readable', async (t) => {
  for (const issue of ['H21.123-240315-0007', 'H26-260302-0001', 'G01.12.034-991231-12345']) {
    t.equal(entryOf(deps, incomingFixture({ issue }), {}, refused).issue, issue);
  }
  for (const representedParty of ['H26', 'GOV/H26', 'GOV/H21.123']) {
    t.equal(entryOf(deps, incomingFixture({ representedParty }), {}, refused).representedParty, representedParty);
  }
});

t.test('who knows a text or a person finds the same pseudonym again, and another for another', async (t) => {
  const entry = (changes: Parameters<typeof incomingFixture>[0]) =>
    entryOf(deps, incomingFixture(changes), {}, refused);
  t.equal(entry({ messageId: 'a' }).message, entry({ messageId: 'a' }).message);
  t.not(entry({ messageId: 'a' }).message, entry({ messageId: 'b' }).message);
  t.equal(entry({ official: pins.hoa }).official, pseudonyms.official(pins.hoa));
  t.not(entry({ official: pins.hoa }).official, pseudonyms.person(pins.hoa));
  t.equal(entry({ issue: 'free text' }).issue, pseudonyms.text('free text'));
  t.equal(entryOf(deps, incomingFixture(), fullTrail(incomingFixture()), refused).subject, pseudonyms.person(pins.hoa));
});

t.test('a client that could not be proved is named only where it is registered', async (t) => {
  const claim = (clientId: string) => entryOf(deps, incomingFixture({ clientId }), {}, refused);
  t.match(claim('VN/GOV/G22/portal'), { claimedConsumer: 'VN/GOV/G22/portal', consumer: undefined });
  t.match(claim('VN/GOV/G22/nobody'), { claimedConsumer: undefined, consumer: undefined });
  t.match(claim('constructor'), { claimedConsumer: undefined });
});

t.test('request and answer leave their size and a keyed digest', async (t) => {
  const incoming = incomingFixture({ content: '{"pin":"099190000001"}' });
  const entry = entryOf(deps, incoming, fullTrail(incoming), { answer });
  t.same(entry.request, { bytes: 22, digest: pseudonyms.digest('{"pin":"099190000001"}') });
  t.same(entry.answer, { bytes: Buffer.byteLength(answer.content), digest: pseudonyms.digest(answer.content) });
  t.ok((entry.answer?.bytes ?? 0) > answer.content.length, 'bytes, not characters');
});

t.test('a request without a body has the digest of no bytes', async (t) => {
  const { request } = entryOf(deps, incomingFixture({ content: new Uint8Array(0) }), {}, refused);
  t.same(request, { bytes: 0, digest: pseudonyms.digest('') });
  t.match(request.digest, /^hmac-sha-256=:[A-Za-z0-9+/]{43}=:$/);
});

t.test('a refusal has no answer, no source and no fields', async (t) => {
  const incoming = incomingFixture();
  const entry = JSON.parse(canonicalJson(entryOf(deps, incoming, fullTrail(incoming), refused)));
  t.match(entry, { status: 400, problem: 'json-malformed', agreement: 'AGR-1' });
  for (const name of ['answer', 'source', 'fields', 'registryMs']) t.notOk(name in entry, name);
});

t.test('times are told in UTC and milliseconds, and a clock set back gives no negative duration', async (t) => {
  const entry = entryOf(deps, incomingFixture({ receivedAtMs: clock.nowMs() - 12 }), {}, { answer });
  t.match(entry, { time: '2026-03-02T01:59:59.988Z', durationMs: 12, registryMs: 1.235 });
  t.equal(entryOf(deps, incomingFixture({ receivedAtMs: clock.nowMs() + 5000 }), {}, refused).durationMs, 0);
});

t.test('the members stand in canonical order as they are', async (t) => {
  const incoming = incomingFixture({ issue: 'a', official: 'b', representedParty: 'c' });
  const entry = entryOf(deps, incoming, fullTrail(incoming), { answer });
  t.equal(JSON.stringify(entry), canonicalJson(entry));
});
