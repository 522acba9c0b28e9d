/** Puts one question to the timestamp authority over HTTP (RFC 3161 section 3.4), and waits for it no longer, and reads no more, than it may. */

import type { Clock } from '../../exchange/ports.ts';
import { keptAnswer } from './answer.ts';
import type { Authorities } from './authorities.ts';
import { nonceBytes, nonceOf, timestampRequest } from './request.ts';
import { demandStamp, TimestampError } from './timestamp-error.ts';
import { openTimestamp, type Timestamp } from './token.ts';

export interface AuthoritySettings {
  /** Where the authority takes questions. */
  readonly url: string;
  /** Object identifier of the policy to stamp under; without it, the authority's own. */
  readonly policy?: string;
  /** For question and answer, milliseconds. */
  readonly timeoutMs: number;
  /** Size of an answer, bytes. */
  readonly answerBytesMax: number;
  /** So far may the authority's clock be from this one, milliseconds. */
  readonly clockSkewMsMax: number;
}

export interface AuthoritySetup {
  readonly settings: AuthoritySettings;
  readonly authorities: Authorities;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
}

export interface Stamped {
  /** TimeStampResp, as it is kept. */
  readonly answer: Buffer;
  readonly timestamp: Timestamp;
}

/** Resolves with an answer that was checked. Throws TimestampError. */
export type AskAuthority = (note: Buffer, signal: AbortSignal) => Promise<Stamped>;

const mediaType = { query: 'application/timestamp-query', reply: 'application/timestamp-reply' };

export function createAskAuthority({ settings, authorities, clock, randomBytes }: AuthoritySetup): AskAuthority {
  const { policy, clockSkewMsMax } = settings;
  return async (note, signal) => {
    const nonce = nonceOf(randomBytes(nonceBytes));
    const askedMs = clock.nowMs();
    const answer = keptAnswer(await post(settings, timestampRequest({ note, nonce, policy }), signal));
    const timestamp = await openTimestamp(answer, note, authorities);
    const answeredMs = clock.nowMs();
    demandStamp(timestamp.nonce?.equals(nonce) === true, 'it answers another question: the nonce is not ours');
    demandStamp(
      policy === undefined || timestamp.policy === policy,
      'it is made under another policy than was asked for',
    );
    const { generatedMs } = timestamp;
    const isPlausible = askedMs - clockSkewMsMax <= generatedMs && generatedMs <= answeredMs + clockSkewMsMax;
    demandStamp(isPlausible, 'it is of another time than now: one of the two clocks is wrong');
    return { answer, timestamp };
  };
}

async function post(settings: AuthoritySettings, body: Buffer, ending: AbortSignal): Promise<Buffer> {
  const signal = AbortSignal.any([ending, AbortSignal.timeout(settings.timeoutMs)]);
  const response = await send(settings, body, signal);
  try {
    const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
    demandStamp(response.status === 200, `the authority answers with status ${response.status}`);
    demandStamp(type === mediaType.reply, 'the authority answers with something else than a timestamp');
    return await readAll(response, settings.answerBytesMax);
  } catch (error) {
    await response.body?.cancel().catch(() => undefined);
    throw asTimestampError(error, settings, signal);
  }
}

async function send(settings: AuthoritySettings, body: Buffer, signal: AbortSignal): Promise<Response> {
  return fetch(settings.url, {
    method: 'POST',
    headers: { 'content-type': mediaType.query, accept: mediaType.reply },
    body: Uint8Array.from(body),
    redirect: 'error',
    signal,
  }).catch((error: unknown) => {
    throw asTimestampError(error, settings, signal);
  });
}

/** What the network throws is told by its code alone: the words are the runtime's. */
function asTimestampError(error: unknown, { timeoutMs }: AuthoritySettings, signal: AbortSignal): TimestampError {
  if (error instanceof TimestampError) return error;
  if (signal.aborted)
    return new TimestampError(`the authority does not answer within ${timeoutMs} ms`, { cause: error });
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return new TimestampError(
    `the authority cannot be reached (${code ?? 'no HTTP answer, or one that leads elsewhere'})`,
    { cause: error },
  );
}

async function readAll({ body }: Response, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new TimestampError(`the answer is longer than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
