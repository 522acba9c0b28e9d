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

/** Needs neither gateway nor network. Throws Error with what is wrong. */
export async function openEvidence(text: string, { kid, key }: AuditorKey): Promise<OpenedEvidence> {
  const { jwe, header, request, answer } = parseEvidence(text);
  const { exchange, subject, commitment } = parseHeader(header);
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
export function demandRecorded(text: string, entry: RecordedBodies): void {
  const { header, request, answer } = parseEvidence(text);
  const { exchange, subject } = parseHeader(header);
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

function parseEvidence(text: string): ParsedEvidence {
  try {
    const { key, header, request, answer } = JSON.parse(text) as Record<string, unknown>;
    const isJwe = typeof key === 'object' && key !== null && Array.isArray((key as GeneralJWE).recipients);
    if (isJwe && typeof header === 'string' && typeof request === 'string') {
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
  throw new Error('the file is not what GET /v1/audit/exchanges/{id}/evidence gives');
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
