/** Checks a timestamp: whose signature it bears, for which bytes, and of when (RFC 3161 section 2.4.2, RFC 5652). */

import { hash, X509Certificate } from 'node:crypto';
import type { BaseBlock, ObjectIdentifier } from 'asn1js';
import { Certificate, ContentInfo, ExtKeyUsage, SignedData, type SignerInfo, TSTInfo } from 'pkijs';
import { membersOf, rawOf, tokenOf } from './answer.ts';
import type { Authorities } from './authorities.ts';
import { demandChain } from './certificate-chain.ts';
import { bufferOf, sha256Id } from './request.ts';
import { demandSigningCertificate } from './signing-certificate.ts';
import { demandStamp, TimestampError } from './timestamp-error.ts';
import { demandForm, demandSigner, timestampInfoId } from './token-form.ts';

export interface Timestamp {
  /** Unix milliseconds, by the authority's clock. */
  readonly generatedMs: number;
  /** Object identifier. */
  readonly policy: string;
  readonly nonce: Buffer | undefined;
}

const ids = {
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
};
const extendedKeyUsage = '2.5.29.37';
const timeStamping = '1.3.6.1.5.5.7.3.8';
const includedMax = 16;

/**
 * Opens an answer as it is kept. Throws TimestampError unless it holds a token for exactly this note, signed by a
 * certificate for nothing but timestamps that leads to one of the authorities and was in force when the token was made.
 *
 * @param authorities undefined: the certificate is anybody's, and so is the time.
 */
export async function openTimestamp(
  kept: Uint8Array,
  note: Uint8Array,
  authorities: Authorities | undefined,
): Promise<Timestamp> {
  try {
    return await open(kept, note, authorities);
  } catch (error) {
    if (error instanceof TimestampError) throw error;
    // The parser's and the verifier's own errors: whatever they stumble over is no token.
    throw Object.assign(new TimestampError('its token is malformed'), { cause: error });
  }
}

async function open(kept: Uint8Array, note: Uint8Array, authorities: Authorities | undefined): Promise<Timestamp> {
  const token = tokenOf(kept);
  const info = new ContentInfo({ schema: token });
  demandStamp(info.contentType === ids.signedData, 'its token is not signed');
  const signed = new SignedData({ schema: info.content });
  const [signer, ...others] = signed.signerInfos;
  demandStamp(signer !== undefined && others.length === 0, 'its token is not signed once');
  demandForm(signed, signer);
  const certificates = certificatesOf(token);

  const verified = await signed.verify({ signer: 0, data: bufferOf(note), extendedMode: true }).catch(() => undefined);
  const stamp = TSTInfo.fromBER(signed.encapContentInfo.eContent?.getValue() ?? new ArrayBuffer(0));
  demandImprint(stamp, note);
  demandStamp(verified?.signatureVerified === true, 'its signature does not fit');
  const leaf = certificates.find(({ raw }) => raw.equals(derOf(verified.signerCertificate)));
  demandStamp(leaf !== undefined, 'its certificate is not among those that it brings');
  demandSigner(signer, leaf);
  demandContentType(signer);
  demandSigningCertificate(signer, leaf);
  demandTimestampUse(leaf);
  const generatedMs = stamp.genTime.getTime();
  if (authorities !== undefined) demandChain(leaf, certificates, authorities, generatedMs);
  return { generatedMs, policy: stamp.policy, nonce: nonceIn(stamp) };
}

function demandImprint({ version, messageImprint }: TSTInfo, note: Uint8Array): void {
  const { hashAlgorithm, hashedMessage } = messageImprint;
  demandStamp(version === 1 && hashAlgorithm.algorithmId === sha256Id, 'it is not over a SHA-256 digest');
  const imprint = Buffer.from(hashedMessage.valueBlock.valueHexView);
  demandStamp(imprint.equals(hash('sha256', note, 'buffer')), 'it is for other bytes than this checkpoint');
}

/** RFC 5652 section 11.1: what is signed says of what type it is. */
function demandContentType({ signedAttrs }: SignerInfo): void {
  const values = (signedAttrs?.attributes ?? []).filter(({ type }) => type === ids.contentType);
  const [type] = values.flatMap((attribute) => attribute.values as ObjectIdentifier[]);
  demandStamp(
    values.length === 1 && type?.getValue() === timestampInfoId,
    'what it signs is not marked as a timestamp',
  );
}

/** RFC 3161 section 2.3: this one use, and critical. */
function demandTimestampUse(leaf: X509Certificate): void {
  const uses = (Certificate.fromBER(leaf.raw).extensions ?? []).filter(({ extnID }) => extnID === extendedKeyUsage);
  const [use] = uses;
  const purposes = use?.parsedValue instanceof ExtKeyUsage ? use.parsedValue.keyPurposes : [];
  const only = uses.length === 1 && use?.critical === true && purposes.length === 1 && purposes[0] === timeStamping;
  demandStamp(only, 'its certificate is not for timestamps alone');
}

/** As they came, not as they would be printed anew. */
function certificatesOf(token: BaseBlock): X509Certificate[] {
  const [, explicit] = membersOf(token);
  const set = membersOf(membersOf(explicit)[0]).find(
    ({ idBlock: { tagClass, tagNumber } }) => tagClass === 3 && tagNumber === 0,
  );
  const all = membersOf(set);
  demandStamp(all.length > 0, 'it brings no certificate');
  demandStamp(all.length <= includedMax, `it brings more than ${includedMax} certificates`);
  return all.map((one) => new X509Certificate(rawOf(one)));
}

function derOf(certificate: Certificate | null | undefined): Buffer {
  return Buffer.from(certificate?.toSchema(false).toBER() ?? new ArrayBuffer(0));
}

function nonceIn({ nonce }: TSTInfo): Buffer | undefined {
  return nonce === undefined ? undefined : Buffer.from(nonce.valueBlock.valueHexView);
}
