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
import type { AuditScope, Role } from '../exchange/callers.ts';
import type { Clock } from '../exchange/ports.ts';
import type { XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';

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
  /** Whom the token was issued for: member or subsystem, an auditor's or operator's name, a citizen's personal number. */
  readonly id: string;
  readonly role: Role;
  /** Of `scope` (RFC 8693 section 4.2); empty but for auditors. */
  readonly scopes: ReadonlySet<AuditScope>;
  /** Of `member`: the one member whose exchanges an auditor may look at. */
  readonly confinedTo: XRoadId | undefined;
}

export interface Tokens {
  /** RFC 7519, EdDSA or ES256 (RFC 8725 section 3.1). Throws Problem('token-invalid'). */
  verify(token: string): TokenSubject | Promise<TokenSubject>;
}

interface Verified {
  readonly subject: TokenSubject;
  readonly expiresAtMs: number;
}

/** `pinFault` says what is wrong with the personal number that a citizen's token was issued for. */
export function createTokens(
  keys: JSONWebKeySet,
  settings: TokenSettings,
  clock: Clock,
  pinFault: (pin: string) => string | undefined,
): Tokens {
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
    const fault = subject.role === 'citizen' ? pinFault(subject.id) : undefined;
    if (fault !== undefined) throw new Problem('token-invalid', `The subject of a citizen's token ${fault}.`);
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

export interface TokenRequest {
  readonly id: string;
  readonly role: Role;
  readonly audience: string;
  readonly lifetimeSeconds: number;
  /** For auditors. */
  readonly scopes?: readonly AuditScope[];
  readonly confinedTo?: XRoadId;
}

export const roles: readonly Role[] = ['client', 'auditor', 'citizen', 'operator'];
export const auditScopes: readonly AuditScope[] = ['exchanges', 'statistics', 'subjects', 'entries', 'evidence'];

/** Signs a token with the data folder's own key; `key` is a private JWK with `kid` and `alg`. */
export function issueToken(key: JWK, request: TokenRequest, nowMs: number): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  const { role, scopes, confinedTo } = request;
  const scope = scopes === undefined ? {} : { scope: scopes.join(' ') };
  return new SignJWT({ role, ...scope, ...(confinedTo === undefined ? {} : { member: confinedTo }) })
    .setProtectedHeader({ alg: key.alg ?? 'EdDSA', typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setSubject(request.id)
    .setAudience(request.audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + request.lifetimeSeconds)
    .sign(key);
}

/** A member or subsystem: a shorter one would be a whole class of members. */
const memberForm = /^[^/]+(\/[^/]+){2,3}$/;

function subjectOf(payload: JWTPayload, settings: TokenSettings): TokenSubject {
  const { sub, exp, iat, role = 'client', scope, member } = payload as JWTPayload & Partial<Record<string, unknown>>;
  if ((exp as number) - (iat as number) > settings.tokenLifetimeSecondsMax) {
    throw new Problem('token-invalid', `The token lives longer than ${settings.tokenLifetimeSecondsMax} seconds.`);
  }
  if (typeof sub !== 'string' || sub === '') throw new Problem('token-invalid', 'The token names no subject.');
  const known = roles.find((one) => one === role);
  if (known === undefined) throw new Problem('token-invalid', 'The token has an unknown role.');
  if (known !== 'auditor') return { id: sub, role: known, scopes: new Set(), confinedTo: undefined };
  if (member !== undefined && (typeof member !== 'string' || !memberForm.test(member))) {
    throw new Problem('token-invalid', 'The claim "member" is no identifier of a member.');
  }
  return { id: sub, role: known, scopes: scopesOf(scope), confinedTo: member };
}

/** A scope that this gateway does not know gives nothing here; the token may be for others, too. */
function scopesOf(scope: unknown): ReadonlySet<AuditScope> {
  const named = typeof scope === 'string' ? scope.split(' ') : [];
  return new Set(auditScopes.filter((one) => named.includes(one)));
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
