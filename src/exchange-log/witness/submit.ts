/** Posts one checkpoint to one witness and reads its answer, of which no byte too many is kept. */

import { parseCount } from '../note/fields.ts';
import { NoteError } from '../note/note-error.ts';
import { type AddCheckpoint, formatAddCheckpoint } from './add-checkpoint.ts';
import { WitnessFault } from './witness-fault.ts';

export type Submitted =
  /** Signature lines, not checked yet. */
  | { readonly kind: 'cosigned'; readonly lines: string }
  /** The size that the witness knows. */
  | { readonly kind: 'conflict'; readonly size: number };

export interface SubmitLimits {
  readonly answerBytesMax: number;
  /** Its reason is a WitnessFault. */
  readonly signal: AbortSignal;
}

/** `url` is the submission prefix. Throws WitnessFault; no word of the answer is in its message. */
export async function submitCheckpoint(url: string, request: AddCheckpoint, limits: SubmitLimits): Promise<Submitted> {
  const { signal } = limits;
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: formatAddCheckpoint(request),
      // A witness is known by its address as well; nobody is to send the log elsewhere.
      redirect: 'error',
      signal,
    });
    const text = await readBody(response, limits);
    if (response.status === 200) return { kind: 'cosigned', lines: text };
    if (response.status === 409) return { kind: 'conflict', size: parseSize(text) };
    throw refusalOf(response.status);
  } catch (error) {
    throw asFault(error, signal);
  }
}

async function readBody(response: Response, { answerBytesMax }: SubmitLimits): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels what is still on its way.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax)
      throw new WitnessFault('answer-invalid', `it answers with over ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseSize(text: string): number {
  try {
    return parseCount(text.replace(/\n$/, ''), 'the size');
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new WitnessFault('answer-invalid', 'it answers 409 without the size that it knows');
  }
}

function refusalOf(status: number): WitnessFault {
  const refused = (why: string) => new WitnessFault('refused', `it answers ${status}: ${why}`);
  switch (status) {
    case 404:
      return refused('it is not configured for the origin of this log, or has no add-checkpoint at this address');
    case 403:
      return refused('it is configured with another key for this log');
    case 400:
      return refused('it cannot read the request');
    case 422:
      return new WitnessFault('log-rewritten', 'it answers 422: what it cosigned is not the beginning of this log');
    default:
      return refused('it does not cosign');
  }
}

function asFault(error: unknown, signal: AbortSignal): WitnessFault {
  if (error instanceof WitnessFault) return error;
  if (signal.aborted && signal.reason instanceof WitnessFault) return signal.reason;
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return new WitnessFault('unreachable', `it cannot be reached (${code ?? 'no HTTP answer'})`, error);
}
