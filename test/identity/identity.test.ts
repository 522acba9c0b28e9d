/** Who may act as which client: by a token issued for it, or by an address, confined. */

import t from 'tap';
import { addressList, createIdentity } from '../../src/identity/identity.ts';
import type { Problem } from '../../src/problems.ts';
import { createSettableClock } from '../support/clock-fixture.ts';
import { createIdentityFixture } from '../support/identity-fixture.ts';

const clock = createSettableClock();
const { identity, token } = await createIdentityFixture(clock);

const withToken = async (subject: string, clientId: string, role: 'client' | 'auditor' = 'client') =>
  identity.authenticate({ bearerToken: await token(subject, { role }), remoteAddress: '192.0.2.1' }, clientId);
const fromAddress = async (remoteAddress: string, clientId = 'VN/GOV/G22/legacy') =>
  identity.authenticate({ bearerToken: undefined, remoteAddress }, clientId);
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'accepted',
    (error: Problem) => error.code,
  );

t.test('a token proves the subsystem that it was issued for', async (t) => {
  t.same(await withToken('VN/GOV/G22/portal', 'VN/GOV/G22/portal'), {
    id: 'VN/GOV/G22/portal',
    safetyLevel: 4,
    authenticatedBy: 'token',
    confinedTo: undefined,
  });
});

t.test('a token for a member proves each of its subsystems', async (t) => {
  t.match(await withToken('VN/GOV/G22', 'VN/GOV/G22/portal'), { id: 'VN/GOV/G22/portal', safetyLevel: 4 });
  t.match(await withToken('VN/GOV/G22', 'VN/GOV/G22/legacy'), { id: 'VN/GOV/G22/legacy', safetyLevel: 2 });
});

t.test('a token proves nothing else', async (t) => {
  const pairs = [
    ['VN/GOV/G22/portal', 'VN/GOV/G22/legacy'],
    ['VN/GOV/G22/portal', 'VN/GOV/G12/tax'],
    ['VN/GOV/G22', 'VN/GOV/G12/tax'],
    ['VN/GOV/G2', 'VN/GOV/G22/portal'],
    ['VN/GOV/G22/portal/', 'VN/GOV/G22/portal'],
    ['VN/GOV/G22/port', 'VN/GOV/G22/portal'],
    ['VN/GOV/G22/portal', 'VN/GOV/G22'],
    ['vn/gov/g22/portal', 'VN/GOV/G22/portal'],
  ] as const;
  for (const [subject, clientId] of pairs) {
    t.equal(await codeOf(withToken(subject, clientId)), 'client-not-owned', `${subject} as ${clientId}`);
  }
});

t.test('a token for a class of members or a whole instance proves none of them', async (t) => {
  for (const subject of ['VN', 'VN/GOV', 'VN/GOV/']) {
    t.equal(await codeOf(withToken(subject, 'VN/GOV/G22/portal')), 'client-not-owned', subject);
  }
});

t.test('who may look at the log may not ask registries with the same token', async (t) => {
  t.equal(await codeOf(withToken('VN/GOV/G22/portal', 'VN/GOV/G22/portal', 'auditor')), 'client-not-owned');
});

t.test('a former organisation code is the same member, in the token as in the request', async (t) => {
  const client = { id: 'VN/GOV/G12/tax' };
  t.match(await withToken('VN/GOV/G12/tax', 'VN/GOV/000.00.00.G12/tax'), client);
  t.match(await withToken('VN/GOV/000.00.00.G12/tax', 'VN/GOV/G12/tax'), client);
  t.match(await withToken('VN/GOV/000.00.00.G12', 'VN/GOV/G12/tax'), client);
  t.equal(identity.isRegistered('VN/GOV/000.00.00.G12/tax'), true);
});

t.test('a subsystem that is not registered is refused although the token would cover it', async (t) => {
  t.equal(await codeOf(withToken('VN/GOV/G22', 'VN/GOV/G22/unknown')), 'member-unknown');
  t.equal(await codeOf(withToken('VN/GOV/G22', 'VN/GOV/G22')), 'member-unknown', 'a member is no subsystem');
  t.equal(identity.isRegistered('VN/GOV/G22/unknown'), false);
});

t.test('without a token only an address that is bound to the subsystem is accepted, and confined', async (t) => {
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3']) {
    t.match(await fromAddress(address), { id: 'VN/GOV/G22/legacy', authenticatedBy: 'address' }, address);
  }
  const client = await fromAddress('127.0.0.1');
  t.same(client.confinedTo, new Set(['VN/GOV/G01/population/verify-identity']));
});

t.test('any other address is refused, and so is every other subsystem', async (t) => {
  for (const address of [
    '127.0.0.2',
    '10.2.0.1',
    '10.0.255.255',
    '::2',
    '::ffff:10.2.0.1',
    '',
    'localhost',
    '0x7f.1',
  ]) {
    t.equal(await codeOf(fromAddress(address)), 'address-not-allowed', address);
  }
  for (const clientId of ['VN/GOV/G22/portal', 'VN/GOV/G22', 'VN/GOV/G22/unknown', 'constructor']) {
    t.equal(await codeOf(fromAddress('127.0.0.1', clientId)), 'authentication-required', clientId);
  }
});

t.test('a wrong token is not made good by a right address', async (t) => {
  const credentials = { bearerToken: 'a.b.c', remoteAddress: '127.0.0.1' };
  t.equal(await codeOf(Promise.resolve(identity.authenticate(credentials, 'VN/GOV/G22/legacy'))), 'token-invalid');
  const empty = { bearerToken: '', remoteAddress: '127.0.0.1' };
  t.equal(await codeOf(Promise.resolve(identity.authenticate(empty, 'VN/GOV/G22/legacy'))), 'token-invalid');
});

t.test('a token frees a subsystem of the confinement of its address', async (t) => {
  const client = await identity.authenticate(
    { bearerToken: await token('VN/GOV/G22/legacy'), remoteAddress: '127.0.0.1' },
    'VN/GOV/G22/legacy',
  );
  t.match(client, { authenticatedBy: 'token', confinedTo: undefined });
});

t.test('what is no address and no prefix is refused at start', async (t) => {
  for (const wrong of [
    '',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0/8',
    '::1/129',
    'localhost',
    '10.0.0.0/8/8',
    '*',
    '10.0.0.0/-1',
  ]) {
    t.throws(() => addressList([wrong]), { message: `${wrong} is not an IP address or prefix` }, wrong);
  }
});

t.test('a directory with such an address gives no identity', async (t) => {
  const { directory, tokens } = await createIdentityFixture(clock);
  const plainConnection = { addresses: ['10.0.0.0/'], services: [] };
  const wrong = { ...directory, subsystem: () => ({ ...directory.subsystem('VN/GOV/G22/legacy'), plainConnection }) };
  t.throws(() => createIdentity(wrong as typeof directory, tokens), { message: /is not an IP address/ });
});
