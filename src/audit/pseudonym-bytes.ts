/** Keeps pseudonyms in the index in two thirds of the space that they take in print. */

/** 32 bytes in base64url; the last character stands for four bits, so that no two texts stand for the same bytes. */
const hmacForm = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const isText = 0;
const isHmac = 1;
const hmacBytes = 32;

/** A byte that says which, then the 32 bytes of an HMAC-SHA-256 or, for anything else, the text in UTF-8. */
export function packPseudonym(pseudonym: string): Buffer {
  if (!hmacForm.test(pseudonym)) return Buffer.concat([Buffer.of(isText), Buffer.from(pseudonym)]);
  const bytes = Buffer.allocUnsafe(1 + hmacBytes);
  bytes[0] = isHmac;
  bytes.write(pseudonym, 1, 'base64url');
  return bytes;
}

export function unpackPseudonym(bytes: Buffer): string {
  return bytes[0] === isHmac ? bytes.toString('base64url', 1) : bytes.toString('utf8', 1);
}
