/** What an auditor does with sealed evidence: opens it with their private key, and holds it against the recorded entry. */

import { type GeneralJWE, generalDecrypt } from 'jose';
import type { Evidence } from '../../exchange/types.ts';
import type { AuditorKey } from './auditor-keys.ts';
import { additionalData, commitmentTo, decrypt } from './ciphers.ts';
import { digestOf, parseHeader, type SealedHeader } from './record.ts';

export interface OpenedEvidence {
  readonly exchange: string;
  /** As the gateway got it. */
  readonly request: string;
  /** As the gateway gave it; undefined where the exchange was refused. */
  readonly answer: string | undefined;
}

/** The parts of an entry that are compared. */
export interface RecordedBodies {
  readonly id: string;
  readonly subject: string;
  readonly request: Evidence;
  readonly answer: Evidence | undefined;
}

/** Throws for two members of one name: two readers of a file must not see two values. */
export type ParseJson = (content: Uint8Array) => unknown;

/** Needs neither gateway nor network. Throws Error with what is wrong. */
export async function openEvidence(
  text: string,
  { kid, key }: AuditorKey,
  parseJson: ParseJson,
): Promise<OpenedEvidence> {
  const { jwe, header, request, answer } = parseEvidence(text, parseJson);
  const { exchange, subject, commitment } = readHeader(header);
  const recipient = jwe.recipients.find((one) => one.header?.kid === kid);
  if (recipient === undefined) {
    const kids = jwe.recipients.map((one) => `"${one.header?.kid}"`).join(', ');
    throw new Error(`the evidence is sealed for the keys ${kids}, and this one is "${kid}"`);
  }
  const dataKey = await dataKeyOf({ ...jwe, recipients: [recipient] }, { exchange, subject }, key);
  if (commitmentTo(dataKey) !== commitment) throw new Error('the key is not the one that the sealed record commits to');
  const open = (use: 'request' | 'answer', sealed: Buffer): string => {
    const content = decrypt(dataKey, sealed, { use, exchange, subject });
    if (content === undefined) throw new Error(`the ${use} was changed, or belongs to another exchange`);
    return content.toString();
  };
  return { exchange, request: open('request', request), answer: answer && open('answer', answer) };
}

/** Throws Error where the evidence is not what the entry says. */
export function demandRecorded(text: string, entry: RecordedBodies, parseJson: ParseJson): void {
  const { header, request, answer } = parseEvidence(text, parseJson);
  const { exchange, subject } = readHeader(header);
  if (entry.id !== exchange || entry.subject !== subject) throw new Error('the entry is of another exchange');
  if (entry.request.digest !== digestOf(header, request)) {
    throw new Error('the request is not the one that was recorded: its digest differs');
  }
  if (entry.answer?.digest !== (answer && digestOf(header, answer))) {
    throw new Error('the answer is not the one that was recorded: its digest differs');
  }
}

interface ParsedEvidence {
  readonly jwe: GeneralJWE;
  readonly header: Buffer;
  readonly request: Buffer;
  readonly answer: Buffer | undefined;
}

const notGiven = 'the file is not what GET /v1/audit/exchanges/{id}/evidence gives';

function parseEvidence(text: string, parseJson: ParseJson): ParsedEvidence {
  try {
    const { exchange, key, header, request, answer, ...unknown } = parseJson(Buffer.from(text)) as Record<
      string,
      unknown
    >;
    const isJwe = typeof key === 'object' && key !== null && Array.isArray((key as GeneralJWE).recipients);
    const isKnown = typeof exchange === 'string' && Object.keys(unknown).length === 0;
    if (isKnown && isJwe && typeof header === 'string' && typeof request === 'string') {
      return {
        jwe: key as GeneralJWE,
        header: Buffer.from(header, 'base64'),
        request: Buffer.from(request, 'base64'),
        answer: typeof answer === 'string' ? Buffer.from(answer, 'base64') : undefined,
      };
    }
  } catch {
    // Said below: neither is what the gateway gives.
  }
  throw new Error(notGiven);
}

function readHeader(header: Buffer): SealedHeader {
  try {
    return parseHeader(header);
  } catch (cause) {
    throw new Error(`${notGiven}: its "header" was changed`, { cause });
  }
}

async function dataKeyOf(
  jwe: GeneralJWE,
  { exchange, subject }: Pick<SealedHeader, 'exchange' | 'subject'>,
  key: AuditorKey['key'],
): Promise<Uint8Array> {
  // What was bound is put in place of what the file says.
  const aad = additionalData({ use: 'key', exchange, subject }).toString('base64url');
  try {
    return (await generalDecrypt({ ...jwe, aad }, key)).plaintext;
  } catch {
    throw new Error('the data key cannot be opened: the private key is another one, or the file was changed');
  }
}
