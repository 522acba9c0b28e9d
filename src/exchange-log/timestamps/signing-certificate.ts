/** Holds a signature to the one certificate that it was made under: ESS signing-certificate attributes (RFC 2634 section 5.4, RFC 5035). */

import { hash, type X509Certificate } from 'node:crypto';
import { type BaseBlock, ObjectIdentifier, OctetString } from 'asn1js';
import type { SignerInfo } from 'pkijs';
import { membersOf } from './answer.ts';
import { demandStamp } from './timestamp-error.ts';

const versions = { '1.2.840.113549.1.9.16.2.12': 'sha1', '1.2.840.113549.1.9.16.2.47': 'sha256' } as const;
const digests: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** Throws TimestampError unless the signed attributes name the digest of that certificate first, in each form that is there. */
export function demandSigningCertificate({ signedAttrs }: SignerInfo, certificate: X509Certificate): void {
  const attributes = (signedAttrs?.attributes ?? []).filter(({ type }) => type in versions);
  demandStamp(attributes.length > 0, 'it does not say which certificate it was signed under');
  const all = attributes.every(({ type, values }) => {
    const defaultDigest = versions[type as keyof typeof versions];
    const [certificates] = membersOf(values[0] as BaseBlock);
    return isOf(membersOf(membersOf(certificates)[0]), defaultDigest, certificate);
  });
  demandStamp(all, 'it was signed under another certificate than it brings');
}

/** ESSCertID or ESSCertIDv2: perhaps the algorithm, then the digest. */
function isOf(members: readonly BaseBlock[], defaultDigest: string, { raw }: X509Certificate): boolean {
  const [algorithm] = membersOf(members[0]);
  const digest = algorithm instanceof ObjectIdentifier ? digests[algorithm.getValue()] : defaultDigest;
  const named = members.find((member) => member instanceof OctetString);
  if (digest === undefined || named === undefined) return false;
  return Buffer.from(named.valueBlock.valueHexView).equals(hash(digest, raw, 'buffer'));
}
