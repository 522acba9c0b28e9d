/** The Ed25519 keys of signed notes: their ids, and the text forms that other tools read (C2SP signed-note, Verifier keys). */

import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { signCosignature, verifyCosignature } from './cosignature.ts';
import { isKeyName, parseBase64 } from './fields.ts';
import type { Signer, Verifier } from './note.ts';
import { demandForm } from './note-error.ts';

/** What a key signs: the text as it is, or text and time as a witness does. */
export const signatureTypes = { ed25519: 0x01, cosignature: 0x04 } as const;

export type SignatureType = (typeof signatureTypes)[keyof typeof signatureTypes];

export interface VerifierKey extends Verifier {
  readonly type: SignatureType;
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Buffer;
}

export interface KeyedSigner extends Signer {
  /** Checks what this signer signs. */
  readonly verifier: VerifierKey;
}

export interface SignerKey {
  readonly name: string;
  readonly type: SignatureType;
  readonly privateKey: KeyObject;
}

const publicKeyBytes = 32;
const seedBytes = 32;
const keyIdForm = /^[0-9a-f]{8}$/;
/** PKCS #8 of an Ed25519 key up to its seed (RFC 8410 section 7). */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Signs notes with an Ed25519 private key. */
export function createSigner(name: string, privateKey: KeyObject): KeyedSigner {
  const verifier = createVerifier(name, signatureTypes.ed25519, publicPart(privateKey));
  return { name, keyId: verifier.keyId, verifier, sign: (text) => sign(null, Buffer.from(text), privateKey) };
}

/** Cosigns checkpoints, each with the time (whole seconds) at which it does so. Its key is its own, never that of a log. */
export function createCosigner(name: string, privateKey: KeyObject, nowSeconds: () => number): KeyedSigner {
  const verifier = createVerifier(name, signatureTypes.cosignature, publicPart(privateKey));
  return { name, keyId: verifier.keyId, verifier, sign: (text) => signCosignature(privateKey, text, nowSeconds()) };
}

export function createVerifier(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  demandForm(isKeyName(name), `the key name "${name}" is empty or holds a space, a plus or a control character`);
  demandForm(publicKey.byteLength === publicKeyBytes, `the key ${name} has ${publicKey.byteLength} bytes, not 32`);
  const bytes = Buffer.from(publicKey);
  const x = bytes.toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const verifyText =
    type === signatureTypes.cosignature
      ? (text: string, signature: Uint8Array) => verifyCosignature(key, text, signature)
      : (text: string, signature: Uint8Array) => verify(null, Buffer.from(text), key, signature);
  return { name, keyId: keyIdOf(name, type, bytes), type, publicKey: bytes, verify: verifyText };
}

/** `name+key id in hex+base64(type ‖ public key)`. NoteError `malformed`, also for a key id that is not the key's. */
export function parseVerifierKey(text: string): VerifierKey {
  const { name, keyId, type, material } = parseKey(text.split('+'));
  const verifier = createVerifier(name, type, material);
  demandForm(verifier.keyId === keyId, `the key id of ${name} does not belong to its key`);
  return verifier;
}

export function formatVerifierKey({ name, keyId, type, publicKey }: VerifierKey): string {
  return `${name}+${hexOf(keyId)}+${Buffer.from([type, ...publicKey]).toString('base64')}`;
}

/** `PRIVATE+KEY+name+key id in hex+base64(type ‖ seed)`, as golang.org/x/mod/sumdb/note and witnesses write it. */
export function parseSignerKey(text: string): SignerKey {
  const [first, second, ...rest] = text.split('+');
  demandForm(first === 'PRIVATE' && second === 'KEY', 'a private key does not start with PRIVATE+KEY');
  const { name, keyId, type, material } = parseKey(rest);
  demandForm(material.byteLength === seedBytes, `the key ${name} has ${material.byteLength} bytes, not ${seedBytes}`);
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Start, material]), format: 'der', type: 'pkcs8' });
  demandForm(keyIdOf(name, type, publicPart(privateKey)) === keyId, `the key id of ${name} does not belong to its key`);
  return { name, type, privateKey };
}

/** No part of a key is in the messages: it might be the private one. */
function parseKey([name = '', hex = '', ...base64]: string[]) {
  demandForm(isKeyName(name), 'the name of a key is empty or holds a space or a control character');
  demandForm(keyIdForm.test(hex), `the key id of ${name} is not eight lower-case hexadecimal digits`);
  // A plus is also a digit of base64.
  const bytes = parseBase64(base64.join('+'), `the key ${name}`);
  const type = Object.values(signatureTypes).find((known) => known === bytes[0]);
  demandForm(type !== undefined, `the key ${name} is of type ${bytes[0]}, which is not supported`);
  return { name, keyId: Number.parseInt(hex, 16), type, material: bytes.subarray(1) };
}

/** First four bytes of SHA-256(name ‖ newline ‖ type ‖ public key), big-endian. */
function keyIdOf(name: string, type: SignatureType, publicKey: Buffer): number {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([type]), publicKey]);
  return hash('sha256', input, 'buffer').readUInt32BE();
}

function publicPart(privateKey: KeyObject): Buffer {
  const { crv, x } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (crv !== 'Ed25519' || x === undefined) throw new TypeError('the key is not Ed25519');
  return Buffer.from(x, 'base64url');
}

function hexOf(keyId: number): string {
  return keyId.toString(16).padStart(8, '0');
}
