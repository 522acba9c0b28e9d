/** Prints what became of each line of a bulk request, and how the whole ended. */

import type { Settled } from '../../exchange/types.ts';
import type { Problem } from '../../problems.ts';
import { renderProblemJson } from '../x-road/errors.ts';

export interface ResultOf {
  /** From 1. */
  readonly line: number;
  /** What the line is called in the log: X-Road-Id. */
  readonly id: string;
  readonly exchangeId: string;
}

/** An answer is printed already, and goes out as it is. */
export function resultLine(of: ResultOf, { outcome, position }: Settled): string {
  if ('problem' in outcome) return problemLine(of, outcome.problem, position.index);
  const { accepted, content, source, ageSeconds } = outcome.answer;
  // A repetition gets the first reply again.
  const exchangeId = accepted?.exchangeId ?? of.exchangeId;
  const logIndex = accepted?.repeats?.index ?? position.index;
  const age = ageSeconds > 0 ? `,"ageSeconds":${ageSeconds}` : '';
  const from = accepted === undefined ? `,"source":"${source}"${age}` : '';
  const status = statusOf(outcome);
  return `${head(of.line, of.id, status, exchangeId)},"logIndex":${logIndex}${from},"body":${content}}\n`;
}

/** `logIndex` is undefined where nothing could be recorded. */
export function problemLine({ line, id, exchangeId }: ResultOf, problem: Problem, logIndex?: number): string {
  const index = logIndex === undefined ? '' : `,"logIndex":${logIndex}`;
  const retry = problem.retryAfterSeconds === undefined ? '' : `,"retryAfterSeconds":${problem.retryAfterSeconds}`;
  const printed = renderProblemJson(problem, exchangeId);
  return `${head(line, id, problem.kind.status, exchangeId)}${index}${retry},"problem":${printed}}\n`;
}

export function statusOf(outcome: Settled['outcome']): number {
  if ('problem' in outcome) return outcome.problem.kind.status;
  return outcome.answer.accepted === undefined ? 200 : 202;
}

export interface BulkEnd {
  /** Results that were given. */
  readonly lines: number;
  readonly byStatus: ReadonlyMap<number, number>;
  /** Undefined where every line has its result. */
  readonly early: { readonly problem: Problem; readonly next: number } | undefined;
}

/** The last line, by which a reader knows that nothing is missing. */
export function lastLine({ lines, byStatus, early }: BulkEnd, requestId: string): string {
  const end = { done: early === undefined, lines, byStatus: Object.fromEntries(byStatus) };
  if (early === undefined) return `${JSON.stringify(end)}\n`;
  const { next, problem } = early;
  const { retryAfterSeconds } = problem;
  const more = JSON.stringify({ ...end, next, retryAfterSeconds }).slice(0, -1);
  return `${more},"problem":${renderProblemJson(problem, requestId)}}\n`;
}

function head(line: number, id: string, status: number, exchangeId: string): string {
  return `{"line":${line},"id":${JSON.stringify(id)},"status":${status},"exchangeId":"${exchangeId}"`;
}
