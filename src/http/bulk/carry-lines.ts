/** Carries the lines of one bulk request through their exchanges: begun in order, answered in order, never more at once than the window holds. */

import { endsBulk, type OpenBulk } from '../../exchange/bulk/bulk-exchange.ts';
import { createLineSplitter, type SplitLine } from '../../exchange/bulk/split-lines.ts';
import type { Incoming, Settled } from '../../exchange/types.ts';
import { Problem } from '../../problems.ts';
import type { BodyReader } from './body-reader.ts';
import type { BulkSettings } from './bulk-settings.ts';
import { type LineRules, type ReadLine, readLine } from './read-line.ts';
import { type BulkEnd, problemLine, type ResultOf, resultLine, statusOf } from './result-lines.ts';
import { createWindow } from './window.ts';

export interface LineCarrier {
  readonly bulk: OpenBulk;
  /** The request as it was opened; a line is this with its own message and names. */
  readonly opened: Incoming;
  /** `messageName` of the request: what names lines of a push that have no id. */
  readonly body: BodyReader;
  readonly rules: LineRules;
  readonly settings: BulkSettings;
  readonly nowMs: () => number;
  /** Resolves when the gateway has time for what can wait. */
  readonly calm: (signal: AbortSignal) => Promise<void> | undefined;
  /** UUIDv7. */
  readonly makeExchangeId: () => string;
  readonly write: (text: string) => Promise<void> | undefined;
  readonly done: (settled: Settled, durationMs: number) => void;
  readonly withheld: () => void;
  /** Aborted when the caller has gone. */
  readonly gone: AbortSignal;
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal;
}

export async function carryLines(carrier: LineCarrier): Promise<BulkEnd> {
  const { body, settings, gone, stopping } = carrier;
  const window = createWindow({ ...settings, write: carrier.write });
  const splitter = createLineSplitter(settings.lineBytesMax);
  const byStatus = new Map<number, number>();
  const running = new Set<AbortController>();
  let next = 1;
  let early: BulkEnd['early'];

  /** The first reason counts, and of the lines that met one the first. */
  function end(problem: Problem, line: number): void {
    if (early === undefined || line < early.next) early = { problem: early?.problem ?? problem, next: line };
    body.stop();
  }

  /** Never rejects. */
  async function carry({ number, content }: SplitLine): Promise<string> {
    const startedMs = performance.now();
    let abort: AbortController | undefined;
    /** Made when first asked for: a line that is answered at once needs none. */
    function signal(): AbortSignal {
      if (abort !== undefined) return abort.signal;
      abort = new AbortController();
      running.add(abort);
      if (gone.aborted) abort.abort(gone.reason);
      return abort.signal;
    }
    const line = incomingOf(carrier, number, content, signal);
    const of: ResultOf = { line: number, id: line.incoming.messageId, exchangeId: line.incoming.id };
    const count = (status: number) => byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    try {
      const { bulk } = carrier;
      const { incoming, refusal } = line;
      const settled = await (refusal === undefined ? bulk.exchange(incoming) : bulk.refuse(incoming, refusal));
      const { outcome } = settled;
      carrier.done(settled, performance.now() - startedMs);
      count(statusOf(outcome));
      if ('problem' in outcome && endsBulk(outcome.problem.code)) end(outcome.problem, number);
      return resultLine(of, settled);
    } catch (error) {
      // Rejected only where the record failed: what follows could not be recorded either.
      const problem = error instanceof Problem ? error : withheldBy(error);
      carrier.withheld();
      count(problem.kind.status);
      end(problem, number);
      return problemLine(of, problem);
    } finally {
      if (abort !== undefined) running.delete(abort);
    }
  }

  /** False where no further line is wanted. */
  async function begin(line: SplitLine): Promise<boolean> {
    if (window.isFull) await window.room();
    await carrier.calm(gone);
    if (line.number > settings.linesMax && early === undefined) {
      end(new Problem('content-too-large', `A request may have ${settings.linesMax} lines.`), line.number);
    }
    if (early !== undefined) return false;
    window.add(line.content?.byteLength ?? 0, carry(line));
    next = line.number + 1;
    return true;
  }

  async function readAll(): Promise<void> {
    for (let chunk = await body.next(); chunk !== undefined; chunk = await body.next()) {
      for (const line of splitter.split(chunk)) if (!(await begin(line))) return;
    }
    if (early === undefined) for (const line of splitter.end()) await begin(line);
  }

  const stop = () => end(new Problem('gateway-stopping', 'The gateway is being stopped or restarted.'), next);
  const leave = () => {
    for (const abort of running) abort.abort(gone.reason);
    body.stop();
  };
  stopping.addEventListener('abort', stop, { once: true });
  gone.addEventListener('abort', leave, { once: true });
  try {
    if (stopping.aborted) stop();
    await readAll();
  } catch (error) {
    end(error instanceof Problem ? error : withheldBy(error), next);
  } finally {
    stopping.removeEventListener('abort', stop);
  }
  await window.idle();
  return { lines: [...byStatus.values()].reduce((sum, count) => sum + count, 0), byStatus, early };
}

interface LineIncoming {
  readonly incoming: Incoming;
  readonly refusal: Problem | undefined;
}

function incomingOf(
  { opened, bulk, rules, settings, nowMs, makeExchangeId }: LineCarrier,
  number: number,
  content: Uint8Array | undefined,
  signal: () => AbortSignal,
): LineIncoming {
  const made = `${opened.messageName ?? opened.messageId}-${number}`;
  const base = { ...opened, id: makeExchangeId(), receivedAtMs: nowMs(), signal };
  const refused = (refusal: Problem) => ({
    incoming: { ...base, content: content ?? new Uint8Array(0), messageId: made, messageName: undefined },
    refusal,
  });
  if (content === undefined) {
    return refused(new Problem('content-too-large', `The line is longer than ${settings.lineBytesMax} bytes.`));
  }
  let line: ReadLine;
  try {
    line = readLine(content, rules);
  } catch (error) {
    return refused(error instanceof Problem ? error : withheldBy(error));
  }
  if (line.id === undefined && opened.messageName === undefined && bulk.kind === 'push') {
    return refused(new Problem('header-missing', 'The line has no id, and the request no Idempotency-Key.'));
  }
  const { issue = opened.issue, official = opened.official, corrects, message } = line;
  const messageName = line.id ?? (opened.messageName === undefined ? undefined : made);
  const messageId = line.id ?? made;
  return {
    incoming: { ...base, content: message, messageId, messageName, issue, official, corrects },
    refusal: undefined,
  };
}

function withheldBy(cause: unknown): Problem {
  return new Problem('internal-error', 'The gateway failed on this line; its answer is withheld.', { cause });
}
