/** Holds a token to one form where no signature covers it, so that not one byte of it can change unnoticed. */

import type { X509Certificate } from 'node:crypto';
import { fromBER, Null, Sequence } from 'asn1js';
import { type AlgorithmIdentifier, Certificate, IssuerAndSerialNumber, type SignedData, type SignerInfo } from 'pkijs';
import { rawOf } from './answer.ts';
import { bufferOf, sha256Id } from './request.ts';
import { isStrictDer } from './strict-der.ts';
import { demandStamp } from './timestamp-error.ts';

/** Type of what is signed: TSTInfo (RFC 3161 section 2.4.2). */
export const timestampInfoId = '1.2.840.113549.1.9.16.1.4';

const digests = new Set([sha256Id, '2.16.840.1.101.3.4.2.2', '2.16.840.1.101.3.4.2.3']);
const rsaPss = '1.2.840.113549.1.1.10';
const tags = { sequence: 0x30, integer: 0x02 };

/** Throws TimestampError. */
export function demandForm(signed: SignedData, signer: SignerInfo): void {
  const { digestAlgorithm, signatureAlgorithm, sid } = signer;
  demandStamp(signed.version === 3, 'its token is of another version');
  demandStamp(signed.encapContentInfo.eContentType === timestampInfoId, 'it is not a timestamp that is signed');
  demandStamp(signer.version === (sid instanceof IssuerAndSerialNumber ? 1 : 3), 'its signer is of another version');
  demandStamp(digests.has(digestAlgorithm.algorithmId), 'its digest is none of SHA-256, SHA-384, SHA-512');
  const algorithms = [digestAlgorithm, ...signed.digestAlgorithms];
  demandStamp(
    algorithms.every((one) => one.algorithmId === digestAlgorithm.algorithmId && hasNoParameters(one)),
    'its digest algorithms are not those of its signer',
  );
  const hasParameters = signatureAlgorithm.algorithmId !== rsaPss && !hasNoParameters(signatureAlgorithm);
  demandStamp(!hasParameters, 'its signature has parameters that are not known');
}

function hasNoParameters({ algorithmParams }: AlgorithmIdentifier): boolean {
  return algorithmParams === undefined || (algorithmParams instanceof Null && rawOf(algorithmParams).byteLength === 2);
}

/** The library compares names without regard to case, and takes signatures that are nearly DER. */
export function demandSigner({ sid, signature }: SignerInfo, leaf: X509Certificate): void {
  const issuer = Buffer.from(Certificate.fromBER(leaf.raw).issuer.valueBeforeDecode);
  const named = !(sid instanceof IssuerAndSerialNumber) || Buffer.from(sid.issuer.valueBeforeDecode).equals(issuer);
  demandStamp(named, 'it names another issuer than that of its certificate');
  if (leaf.publicKey.asymmetricKeyType !== 'ec') return;
  const bytes = Buffer.from(signature.valueBlock.valueHexView);
  const { result } = fromBER(bufferOf(bytes));
  const numbers = result instanceof Sequence ? result.valueBlock.value : [];
  const isPair = numbers.length === 2 && numbers.every((number) => rawOf(number)[0] === tags.integer);
  demandStamp(isPair && bytes[0] === tags.sequence && isStrictDer(bytes), 'its signature is no pair of numbers');
}
