/** Keeps pseudonyms in the index in two thirds of the space that they take in print. */

const hmacForm = /^[A-Za-z0-9_-]{43}$/;
const isText = 0;
const isHmac = 1;

/** A byte that says which, then the 32 bytes of an HMAC-SHA-256 or, for anything else, the text in UTF-8. */
export function packPseudonym(pseudonym: string): Buffer {
  if (hmacForm.test(pseudonym)) {
    const bytes = Buffer.from(pseudonym, 'base64url');
    // The last character has bits to spare: two texts may stand for the same bytes.
    if (bytes.toString('base64url') === pseudonym) return Buffer.concat([Buffer.of(isHmac), bytes]);
  }
  return Buffer.concat([Buffer.of(isText), Buffer.from(pseudonym)]);
}

export function unpackPseudonym(bytes: Buffer): string {
  return bytes[0] === isHmac ? bytes.toString('base64url', 1) : bytes.toString('utf8', 1);
}
