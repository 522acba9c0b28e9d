/** Timestamped Ed25519 cosignatures: what a witness states about a checkpoint (C2SP tlog-cosignature, type 0x04). */

import { type KeyObject, sign, verify } from 'node:crypto';
import { parseCheckpoint } from './checkpoint.ts';
import { demandForm } from './note-error.ts';

const timestampBytes = 8;
const signatureBytes = 64;

/** uint64 big-endian time, then the signature. NoteError if the text is no checkpoint: nothing else is ever cosigned. */
export function signCosignature(privateKey: KeyObject, text: string, timeSeconds: number): Buffer {
  parseCheckpoint(text);
  const timestamp = Buffer.alloc(timestampBytes);
  timestamp.writeBigUInt64BE(BigInt(timeSeconds));
  return Buffer.concat([timestamp, sign(null, cosignedMessage(text, BigInt(timeSeconds)), privateKey)]);
}

export function verifyCosignature(publicKey: KeyObject, text: string, cosignature: Uint8Array): boolean {
  if (cosignature.byteLength !== timestampBytes + signatureBytes) return false;
  const message = cosignedMessage(text, timestampOf(cosignature));
  return verify(null, message, publicKey, cosignature.subarray(timestampBytes));
}

/** Unix time of a cosignature, seconds; to be believed only once the cosignature was verified. */
export function cosignatureSeconds(cosignature: Uint8Array): number {
  demandForm(cosignature.byteLength === timestampBytes + signatureBytes, 'a cosignature has the wrong length');
  const seconds = Number(timestampOf(cosignature));
  demandForm(Number.isSafeInteger(seconds), 'the time of a cosignature is not below 2^53 seconds');
  return seconds;
}

function timestampOf(cosignature: Uint8Array): bigint {
  return Buffer.from(cosignature.subarray(0, timestampBytes)).readBigUInt64BE();
}

function cosignedMessage(text: string, timeSeconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}
