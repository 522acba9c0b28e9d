/** Writes the question to a timestamp authority: TimeStampReq (RFC 3161 section 2.4.1). */

import { hash } from 'node:crypto';
import { Integer, Null, OctetString } from 'asn1js';
import { AlgorithmIdentifier, MessageImprint, TimeStampReq } from 'pkijs';

export interface TimestampQuestion {
  /** The checkpoint as it was published. */
  readonly note: Uint8Array;
  /** From `nonceOf`. */
  readonly nonce: Buffer;
  /** Object identifier of the policy to stamp under; undefined leaves it to the authority. */
  readonly policy: string | undefined;
}

export const sha256Id = '2.16.840.1.101.3.4.2.1';
export const nonceBytes = 8;

/** Of random bytes: positive and of the same length always, so that it has one encoding. */
export function nonceOf(random: Buffer): Buffer {
  const nonce = Buffer.from(random.subarray(0, nonceBytes));
  nonce[0] = ((nonce[0] as number) & 0x7f) | 0x40;
  return nonce;
}

/** DER; asks for the authority's certificate too, without which the answer could not be checked later. */
export function timestampRequest({ note, nonce, policy }: TimestampQuestion): Buffer {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: sha256Id, algorithmParams: new Null() }),
      hashedMessage: new OctetString({ valueHex: bufferOf(hash('sha256', note, 'buffer')) }),
    }),
    ...(policy === undefined ? {} : { reqPolicy: policy }),
    nonce: new Integer({ valueHex: bufferOf(nonce) }),
    certReq: true,
  });
  return Buffer.from(request.toSchema().toBER());
}

/** The library takes whole buffers. */
export function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
