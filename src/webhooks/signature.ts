/** Signs what webhooks send, so that a receiver knows the gateway, the moment and every byte of it (RFC 9421, RFC 9530). */

import { createHash, createPrivateKey, createPublicKey, hkdfSync, type JsonWebKey, sign } from 'node:crypto';

export interface Signing {
  /** Headers of a POST of that content to that URL. */
  headersOf(request: SignedRequest): Record<string, string>;
  /** JSON Web Key Set with the public key (RFC 7517, RFC 8037). */
  readonly keySet: { readonly keys: readonly JsonWebKey[] };
}

export interface SignedRequest {
  readonly url: string;
  readonly content: string;
  /** Of the notice: the same at each attempt. */
  readonly id: string;
  /** Unix seconds. */
  readonly createdSeconds: number;
}

const contentType = 'application/json';
/** RFC 9421 section 2.3: the label says whose signature it is, the tag what it is for. */
const label = 'lienthong';
const tag = 'lienthong-webhook';
/** RFC 8410 section 7: what stands before the 32 bytes of an Ed25519 key in PKCS #8. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** `secret` is 32 bytes that the gateways of a state database share: they all sign under one key. */
export function createSigning(secret: Uint8Array): Signing {
  const seed = new Uint8Array(hkdfSync('sha256', secret, '', 'lienthong webhook signing', 32));
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
  const { kty, crv, x } = createPublicKey(key).export({ format: 'jwk' }) as { kty: string; crv: string; x: string };
  // RFC 7638: the members in this order.
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');

  return {
    keySet: { keys: [{ kty, crv, x, kid, use: 'sig', alg: 'EdDSA' }] },
    headersOf({ url, content, id, createdSeconds }) {
      const digest = `sha-256=:${createHash('sha256').update(content).digest('base64')}:`;
      const covered = [
        ['@method', 'POST'],
        ['@target-uri', url],
        ['content-digest', digest],
        ['content-type', contentType],
        ['webhook-id', id],
      ] as const;
      const names = covered.map(([name]) => `"${name}"`).join(' ');
      const parameters = `(${names});created=${createdSeconds};keyid="${kid}";alg="ed25519";tag="${tag}"`;
      const base = [...covered.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${parameters}`];
      const signature = sign(null, Buffer.from(base.join('\n')), key).toString('base64');
      return {
        'content-type': contentType,
        'content-digest': digest,
        'webhook-id': id,
        'signature-input': `${label}=${parameters}`,
        signature: `${label}=:${signature}:`,
      };
    },
  };
}
