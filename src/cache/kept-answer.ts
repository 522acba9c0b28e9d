/** What memory keeps of an answer, and what it gives of that to whoever asks. */

import type { FetchedAnswer, LastDisclosed, RegistryAnswer } from '../exchange/types.ts';
import type { Found } from './next-level.ts';

export interface Kept {
  /** Name of whom it is about. */
  readonly subject: string | undefined;
  readonly found: Found;
  /** Of the trust that it was asked for under. */
  readonly trust: number;
  readonly freshUntilMs: number;
  readonly refreshAfterMs: number;
  readonly lastDisclosed: LastDisclosed;
}

/** The answer itself, and beside it what was last disclosed of it, which is never longer, as text and as bytes. */
const formsKept = 3;

/** @param refreshAfterPercent see RefreshSettings; 100 where nothing is loaded before it has expired */
export function keptOf(
  found: Found,
  { subject, trust }: Pick<Kept, 'subject' | 'trust'>,
  refreshAfterPercent: number,
): Kept {
  const { storedAtMs, ttlMs, confirmedUntilMs } = found;
  const freshUntilMs = Math.min(storedAtMs + ttlMs, confirmedUntilMs);
  const dueAfterMs = (ttlMs * refreshAfterPercent) / 100;
  const refreshAfterMs = storedAtMs + (found.isUnconfirmed === true ? 0 : dueAfterMs);
  const lastDisclosed = { by: undefined, disclosure: undefined };
  return { subject, found, trust, freshUntilMs, refreshAfterMs, lastDisclosed };
}

/** Size of what is kept, bytes. */
export function keptBytes({ answer, answerBytes = sizeOf(answer) }: Found): number {
  return formsKept * answerBytes;
}

function sizeOf(answer: RegistryAnswer): number {
  return Buffer.byteLength(JSON.stringify(answer));
}

/** @param lastDisclosed of what is kept; absent elsewhere */
export function fetched(
  { answer, storedAtMs, ttlMs, registryMs }: Found,
  source: FetchedAnswer['source'],
  level: FetchedAnswer['level'],
  nowMs: number,
  lastDisclosed?: LastDisclosed,
): FetchedAnswer {
  if (source === 'registry') return { answer, source, level, ageMs: 0, ttlMs, registryMs };
  return { answer, source, level, ageMs: Math.max(0, nowMs - storedAtMs), ttlMs, registryMs: 0, lastDisclosed };
}
