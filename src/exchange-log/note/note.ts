/** Signed notes: a text that a person can read and any number of keys can sign (C2SP signed-note v1.0.0). */

import { isKeyName, isNoteText, parseBase64 } from './fields.ts';
import { demandForm, NoteError } from './note-error.ts';

export interface NoteSignature {
  /** Name of the key. */
  readonly name: string;
  /** The 32 bits that tell keys of one name apart. */
  readonly keyId: number;
  /** Without the key id. */
  readonly signature: Buffer;
}

export interface Signer {
  readonly name: string;
  readonly keyId: number;
  /** Signs the text of a note, its final newline included. */
  sign(text: string): Uint8Array;
}

export interface Verifier {
  readonly name: string;
  readonly keyId: number;
  verify(text: string, signature: Uint8Array): boolean;
}

export interface Note {
  /** With its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface OpenedNote extends Note {
  /** Checked, at least one; of several by one key the last. */
  readonly signatures: readonly NoteSignature[];
}

/** Signatures in one note; the format asks for sixteen at least. */
export const signaturesMax = 100;

/** In a message. */
const signersTold = 8;
const keyIdBytes = 4;
const separator = '\n\n';
const signatureStart = '— ';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The note with one signature line for each signer. NoteError for a text that no note can have. */
export function signNote(text: string, ...signers: readonly Signer[]): string {
  const signatures = signers.map((signer) => signatureOf(text, signer));
  return formatNote({ text, signatures });
}

/** The signature alone, for adding to a note that others signed. */
export function signatureOf(text: string, signer: Signer): NoteSignature {
  demandText(text);
  return { name: signer.name, keyId: signer.keyId, signature: Buffer.from(signer.sign(text)) };
}

export function formatNote({ text, signatures }: Note): string {
  demandText(text);
  demandForm(signatures.length > 0 && signatures.length <= signaturesMax, `a note of ${signatures.length} signatures`);
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

/** `— name base64`, with its newline: what a witness answers. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  demandForm(isKeyName(name), 'the name of a signature is not the name of a key');
  const bytes = Buffer.allocUnsafe(keyIdBytes + signature.byteLength);
  bytes.writeUInt32BE(keyId);
  bytes.set(signature, keyIdBytes);
  return `${signatureStart}${name} ${bytes.toString('base64')}\n`;
}

/** Takes the note apart and checks no signature: nothing in it may be believed yet. */
export function parseNote(note: string | Uint8Array): Note {
  const whole = typeof note === 'string' ? note : decode(note);
  const end = whole.lastIndexOf(separator);
  demandForm(end !== -1, 'the note has no empty line before its signatures');
  const text = whole.slice(0, end + 1);
  demandText(text);
  return { text, signatures: parseSignatures(whole.slice(end + separator.length)) };
}

/** Signature lines, each with its newline, at least one. */
export function parseSignatures(lines: string): NoteSignature[] {
  demandForm(lines.endsWith('\n'), 'the last signature line has no newline');
  const all = lines.slice(0, -1).split('\n');
  demandForm(all.length <= signaturesMax, `the note has more than ${signaturesMax} signatures`);
  return all.map(parseSignature);
}

/**
 * Parses the note and checks what known keys signed; signatures of others are left out. NoteError: `malformed`,
 * `forged` where the signature of a known key does not fit, `unsigned` where no known key signed.
 */
export function openNote(note: string | Uint8Array, verifiers: readonly Verifier[]): OpenedNote {
  const { text, signatures } = parseNote(note);
  const checked = new Map<Verifier, NoteSignature>();
  for (const signature of signatures) {
    const verifier = verifiers.find(({ name, keyId }) => name === signature.name && keyId === signature.keyId);
    if (verifier === undefined) continue;
    if (!verifier.verify(text, signature.signature)) {
      throw new NoteError('forged', `the signature of ${verifier.name} does not fit the note`);
    }
    checked.set(verifier, signature);
  }
  if (checked.size === 0) {
    const signers = signatures.slice(0, signersTold).map(describeSigner).join(', ');
    throw new NoteError('unsigned', `none of the known keys signed the note; it is signed by ${signers}`, true);
  }
  return { text, signatures: [...checked.values()] };
}

/** As verifier keys begin. */
export function describeSigner({ name, keyId }: Pick<NoteSignature, 'name' | 'keyId'>): string {
  return `${name}+${keyId.toString(16).padStart(8, '0')}`;
}

function parseSignature(line: string): NoteSignature {
  demandForm(line.startsWith(signatureStart), 'a signature line does not start with an em dash and a space');
  const [name = '', base64 = '', ...rest] = line.slice(signatureStart.length).split(' ');
  demandForm(isKeyName(name) && rest.length === 0, 'a signature line is not a key name, a space and base64');
  const bytes = parseBase64(base64, 'a signature');
  demandForm(bytes.byteLength > keyIdBytes, 'a signature is shorter than its key id');
  return { name, keyId: bytes.readUInt32BE(), signature: bytes.subarray(keyIdBytes) };
}

function demandText(text: string): void {
  demandForm(text.endsWith('\n'), 'the text of the note has no final newline');
  demandForm(isNoteText(text), 'the note holds a control character or a lone surrogate');
}

function decode(note: Uint8Array): string {
  try {
    return utf8.decode(note);
  } catch {
    throw new NoteError('malformed', 'the note is not UTF-8');
  }
}
