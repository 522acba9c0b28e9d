/** Issues and checks bearer tokens: who a caller is, said by a key that this gateway trusts. */

import { hash } from 'node:crypto';
import {
  createLocalJWKSet,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  errors as joseErrors,
  jwtVerify,
  SignJWT,
} from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../exchange/ports.ts';
import type { XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';

export type Role = 'client' | 'auditor';

export interface TokenSettings {
  /** `aud` that a token must carry: this gateway or platform. */
  readonly audience: string;
  readonly clockToleranceSeconds: number;
  /** Longest accepted time between `iat` and `exp`, seconds. */
  readonly tokenLifetimeSecondsMax: number;
  /** Checked tokens remembered until they expire, so that a signature is checked once. */
  readonly verifiedTokensMax: number;
  /** Size of a token, bytes. */
  readonly tokenBytesMax: number;
}

export interface TokenSubject {
  /** Member or subsystem that the token was issued for. */
  readonly id: XRoadId;
  readonly role: Role;
}

export interface Tokens {
  /** RFC 7519, EdDSA or ES256 (RFC 8725 section 3.1). Throws Problem('token-invalid'). */
  verify(token: string): TokenSubject | Promise<TokenSubject>;
}

interface Verified {
  readonly subject: TokenSubject;
  readonly expiresAtMs: number;
}

export function createTokens(keys: JSONWebKeySet, settings: TokenSettings, clock: Clock): Tokens {
  const keySet = createLocalJWKSet(keys);
  const verified = new LRUCache<string, Verified>({ max: settings.verifiedTokensMax });

  async function verifySignature(token: string, digest: string): Promise<TokenSubject> {
    const { payload } = await jwtVerify(token, keySet, {
      audience: settings.audience,
      algorithms: ['EdDSA', 'Ed25519', 'ES256'],
      clockTolerance: settings.clockToleranceSeconds,
      requiredClaims: ['sub', 'exp', 'iat'],
      // Also refuses an `iat` in the future, which would make the longest lifetime meaningless.
      maxTokenAge: settings.tokenLifetimeSecondsMax,
      currentDate: new Date(clock.nowMs()),
    }).catch((error: unknown) => {
      throw new Problem('token-invalid', refusalOf(error), { cause: error });
    });
    const subject = subjectOf(payload, settings);
    const expiresAtMs = ((payload.exp as number) + settings.clockToleranceSeconds) * 1000;
    verified.set(digest, { subject, expiresAtMs });
    return subject;
  }

  return {
    verify(token) {
      if (token.length > settings.tokenBytesMax) throw new Problem('token-invalid', 'The token is too long.');
      // The cache is keyed by digest so that a memory dump holds no usable tokens.
      const digest = hash('sha256', token, 'base64url');
      const known = verified.get(digest);
      if (known !== undefined && clock.nowMs() < known.expiresAtMs) return known.subject;
      return verifySignature(token, digest);
    },
  };
}

export interface TokenRequest extends TokenSubject {
  readonly audience: string;
  readonly lifetimeSeconds: number;
}

/** Signs a token with the data folder's own key; `key` is a private JWK with `kid` and `alg`. */
export function issueToken(key: JWK, request: TokenRequest, nowMs: number): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  return new SignJWT({ role: request.role })
    .setProtectedHeader({ alg: key.alg ?? 'EdDSA', typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setSubject(request.id)
    .setAudience(request.audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + request.lifetimeSeconds)
    .sign(key);
}

function subjectOf(payload: JWTPayload, settings: TokenSettings): TokenSubject {
  const { sub, exp, iat, role = 'client' } = payload as JWTPayload & { role?: unknown };
  if ((exp as number) - (iat as number) > settings.tokenLifetimeSecondsMax) {
    throw new Problem('token-invalid', `The token lives longer than ${settings.tokenLifetimeSecondsMax} seconds.`);
  }
  if (typeof sub !== 'string' || sub === '') throw new Problem('token-invalid', 'The token names no subject.');
  if (role !== 'client' && role !== 'auditor') throw new Problem('token-invalid', 'The token has an unknown role.');
  return { id: sub, role };
}

function refusalOf(error: unknown): string {
  if (error instanceof joseErrors.JWTExpired) return 'The token has expired.';
  if (error instanceof joseErrors.JWTClaimValidationFailed) return `The claim "${error.claim}" is missing or wrong.`;
  if (error instanceof joseErrors.JWSSignatureVerificationFailed) return 'The signature does not verify.';
  if (error instanceof joseErrors.JWKSMultipleMatchingKeys) return 'The token does not name its key (kid).';
  if (error instanceof joseErrors.JWKSNoMatchingKey) return 'The token is signed by a key that is not trusted here.';
  if (error instanceof joseErrors.JOSEAlgNotAllowed) return 'Only EdDSA and ES256 signatures are accepted.';
  return 'The token is not a well-formed signed JWT.';
}
