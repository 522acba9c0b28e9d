/** Seals the bodies of one exchange for the auditors, behind a key of the person whom they are about. */

import { randomBytes } from 'node:crypto';
import { GeneralEncrypt, type GeneralJWE } from 'jose';
import type { ExchangeBodies } from '../../exchange/log-ports.ts';
import { type AuditorKey, wrapAlgorithm } from './auditor-keys.ts';
import { additionalData, commitmentTo, dataKeyBytes, decrypt, encrypt } from './ciphers.ts';
import type { SealedHeader, SealedRecord } from './record.ts';
import type { SubjectKey } from './subject-keys.ts';

/**
 * Bodies under a fresh data key; that key as JWE for the auditors, which the gateway cannot open; the JWE under the
 * subject's key, without which nobody can.
 */
export async function sealBodies(
  { exchangeId, subject, request, answer }: ExchangeBodies,
  auditors: readonly AuditorKey[],
  subjectKey: SubjectKey,
): Promise<SealedRecord> {
  const belonging = { exchange: exchangeId, subject };
  const dataKey = randomBytes(dataKeyBytes);
  const wrapped = Buffer.from(JSON.stringify(await wrapFor(auditors, dataKey, belonging)));
  const header: SealedHeader = {
    ...belonging,
    subjectKey: subjectKey.id,
    commitment: commitmentTo(dataKey),
    key: encrypt(subjectKey.key, wrapped, { use: 'key', ...belonging }).toString('base64url'),
  };
  return {
    header: Buffer.from(JSON.stringify(header)),
    request: encrypt(dataKey, request, { use: 'request', ...belonging }),
    answer:
      answer === undefined ? Buffer.alloc(0) : encrypt(dataKey, Buffer.from(answer), { use: 'answer', ...belonging }),
  };
}

/** Takes the subject's layer off; undefined where the key is another one, or anything was changed. */
export function unwrap(header: SealedHeader, subjectKey: SubjectKey): GeneralJWE | undefined {
  const { exchange, subject } = header;
  const wrapped = decrypt(subjectKey.key, Buffer.from(header.key, 'base64url'), { use: 'key', exchange, subject });
  return wrapped === undefined ? undefined : (JSON.parse(wrapped.toString()) as GeneralJWE);
}

/** RFC 7516 section 7.2.1. */
function wrapFor(
  auditors: readonly AuditorKey[],
  dataKey: Uint8Array,
  belonging: { readonly exchange: string; readonly subject: string },
): Promise<GeneralJWE> {
  const encryption = new GeneralEncrypt(dataKey)
    .setProtectedHeader({ enc: 'A256GCM' })
    .setAdditionalAuthenticatedData(additionalData({ use: 'key', ...belonging }));
  for (const { kid, key } of auditors) {
    encryption.addRecipient(key).setUnprotectedHeader({ alg: wrapAlgorithm, kid });
  }
  return encryption.encrypt();
}
