/** The form of sealed bodies in an evidence file: lengths, a header that says how they are sealed, and the two ciphertexts. */

import { hash } from 'node:crypto';
import type { SealedPlace } from '../../exchange/entries.ts';
import type { Evidence } from '../../exchange/types.ts';

/** Printed as JSON at the head of the record; together with a ciphertext it is what an entry's digest covers. */
export interface SealedHeader {
  readonly exchange: string;
  /** Pseudonym. */
  readonly subject: string;
  /** Which of the subject's keys: base64url, 16 bytes. */
  readonly subjectKey: string;
  /** Of the data key: base64url, so that no second key can be passed off later. */
  readonly commitment: string;
  /** The data key under the auditors' keys and, around that, the subject's: base64url of nonce, ciphertext, tag. */
  readonly key: string;
}

/** Parts of a record as they are stored. */
export interface SealedRecord {
  readonly header: Buffer;
  readonly request: Buffer;
  /** Empty where the exchange had no answer. */
  readonly answer: Buffer;
}

/** How every record begins. */
export const recordMagic = Buffer.from('LTS1');
/** Magic, then the lengths of header, request and answer, 32 bits each, big-endian. */
export const preludeBytes = recordMagic.byteLength + 3 * 4;

export function encodeRecord({ header, request, answer }: SealedRecord): Buffer {
  const prelude = Buffer.alloc(preludeBytes);
  recordMagic.copy(prelude);
  for (const [at, part] of [header, request, answer].entries()) prelude.writeUInt32BE(part.byteLength, 4 + at * 4);
  return Buffer.concat([prelude, header, request, answer]);
}

/** Lengths of header, request and answer; undefined for what begins no record. */
export function readPrelude(content: Buffer): readonly [number, number, number] | undefined {
  if (content.byteLength < preludeBytes || !content.subarray(0, recordMagic.byteLength).equals(recordMagic))
    return undefined;
  return [content.readUInt32BE(4), content.readUInt32BE(8), content.readUInt32BE(12)];
}

/** Evidence of a part as the entry has it. */
export function evidenceOf(header: Uint8Array, part: Uint8Array, sealed: SealedPlace): Evidence {
  return { bytes: header.byteLength + part.byteLength, digest: digestOf(header, part), sealed };
}

/** RFC 9530 form. */
export function digestOf(header: Uint8Array, part: Uint8Array): string {
  return `sha-256=:${hash('sha256', Buffer.concat([header, part]), 'base64')}:`;
}

/** Throws SyntaxError or TypeError for what is no header. */
export function parseHeader(header: Uint8Array): SealedHeader {
  const value = JSON.parse(Buffer.from(header).toString()) as Record<string, unknown>;
  for (const name of ['exchange', 'subject', 'subjectKey', 'commitment', 'key']) {
    if (typeof value[name] !== 'string') throw new TypeError(`the header of the sealed record has no "${name}"`);
  }
  return value as unknown as SealedHeader;
}
