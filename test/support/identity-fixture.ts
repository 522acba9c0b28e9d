/** A few members of the exchange, a key that the gateway trusts, and tokens signed with it. */

import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Role } from '../../src/exchange/callers.ts';
import type { Clock, Identity } from '../../src/exchange/ports.ts';
import { createIdentity } from '../../src/identity/identity.ts';
import {
  createMemberDirectory,
  type Member,
  type MemberDirectory,
  type Subsystem,
} from '../../src/identity/members.ts';
import { createTokens, issueToken, type TokenSettings, type Tokens } from '../../src/identity/tokens.ts';
import { pinFault } from '../../src/validation/pin.ts';

export const tokenSettings: TokenSettings = {
  audience: 'lienthong',
  clockToleranceSeconds: 30,
  tokenLifetimeSecondsMax: 86_400,
  verifiedTokensMax: 100,
  tokenBytesMax: 4096,
};

export const subsystem = (code: string, safetyLevel: number, more: Partial<Subsystem> = {}): Subsystem => ({
  code,
  name: { en: code, vi: code },
  safetyLevel,
  safetyDecision: '1/QĐ-ATTT',
  ...more,
});

export const member = (code: string, subsystems: readonly Subsystem[], more: Partial<Member> = {}): Member => ({
  id: `VN/GOV/${code}`,
  name: { en: code, vi: code },
  subsystems,
  ...more,
});

export const members: readonly Member[] = [
  member('G22', [
    subsystem('portal', 4),
    subsystem('legacy', 2, {
      plainConnection: {
        addresses: ['127.0.0.1', '::1', '10.1.0.0/16'],
        services: ['VN/GOV/G01/population/verify-identity'],
      },
    }),
  ]),
  member('G12', [subsystem('tax', 3)], { formerCodes: ['000.00.00.G12'] }),
  member('G18', [subsystem('hospital-fees', 2)]),
  member('H38.102', [subsystem('one-stop', 1)]),
];

export interface IdentityFixture {
  readonly identity: Identity;
  readonly directory: MemberDirectory;
  readonly tokens: Tokens;
  /** Private; its public half is trusted. */
  readonly key: JWK;
  token(id: string, changes?: { readonly role?: Role; readonly lifetimeSeconds?: number }): Promise<string>;
}

export async function createIdentityFixture(
  clock: Clock,
  settings: Partial<TokenSettings> = {},
): Promise<IdentityFixture> {
  const all = { ...tokenSettings, ...settings };
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const key: JWK = { ...(await exportJWK(privateKey)), kid: 'own', alg: 'EdDSA' };
  const { d: _private, ...publicKey } = key;
  const directory = createMemberDirectory(members);
  const tokens = createTokens({ keys: [publicKey] }, all, clock, (pin) => pinFault(pin, true));
  return {
    identity: createIdentity(directory, tokens),
    directory,
    tokens,
    key,
    token: (id, { role = 'client', lifetimeSeconds = 3600 } = {}) =>
      issueToken(key, { id, role, lifetimeSeconds, audience: all.audience }, clock.nowMs()),
  };
}
