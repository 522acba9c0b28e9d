/** Puts a question to the registry and reads its envelope: it says with HTTP 200 and a code of its own what went wrong. */

import { type HttpSource, SourceError } from '../../src/adapter-kit/index.ts';
import { isObject, unreadable, type Wire } from './wire.ts';

/**
 * The registry's codes, member `ma` of every answer:
 * - `answered`: `du_lieu` holds the record
 * - `nothing`: the registry knows no such person or record, or none that agrees with the question
 * - `refused`: it does not accept the gateway, or does not understand it: a matter for the operator
 * - `undecided`: it cannot say which record is meant
 */
const meanings: Readonly<Record<number, 'answered' | 'nothing' | 'refused' | 'undecided'>> = {
  0: 'answered',
  100: 'refused', // authentication failed
  101: 'refused', // address not allowed
  106: 'refused', // agency code wrong
  108: 'refused', // province code wrong or expired
  200: 'answered', // record incomplete: what there is
  201: 'nothing', // not found
  202: 'undecided', // several matches
  203: 'nothing', // mismatch, such as a day before the person was born
  302: 'refused', // wrong data type
  500: 'refused', // wrong data
};

/** The record, or undefined where there is none. PINs travel in the body, never in the path. Throws SourceError. */
export async function ask(
  source: HttpSource,
  path: string,
  question: Wire,
  signal: AbortSignal,
): Promise<Wire | undefined> {
  return recordOf(await source.request({ method: 'POST', path, body: question, signal }));
}

/** Throws SourceError unless the registry says that it is well. */
export async function checkHealth(source: HttpSource, signal: AbortSignal): Promise<void> {
  const answer = await source.request({ method: 'GET', path: '/trang-thai', signal });
  if (recordOf(answer) === undefined) throw new SourceError('unavailable', 'the registry does not say that it is well');
}

function recordOf({ status, body }: { readonly status: number; readonly body: unknown }): Wire | undefined {
  if (status !== 200) throw new SourceError('failed', `the registry answered ${status}`);
  const ma = isObject(body) ? body.ma : undefined;
  const meaning = typeof ma === 'number' ? meanings[ma] : undefined;
  if (!isObject(body) || meaning === undefined) throw unreadable('ma');
  if (meaning === 'nothing') return undefined;
  // What one record or question is like must not count against the service: only a registry that refuses everybody has failed.
  const kind = meaning === 'undecided' ? 'answer-invalid' : 'failed';
  if (meaning !== 'answered') throw new SourceError(kind, `the registry answered with its code ${ma}: ${meaning}`);
  if (!isObject(body.du_lieu)) throw unreadable('du_lieu');
  return body.du_lieu;
}
