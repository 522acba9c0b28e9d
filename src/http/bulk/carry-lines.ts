/** Carries the lines of one bulk request through their exchanges: begun in order, answered in order, never more at once than the window holds. */

import { endsBulk } from '../../exchange/bulk/in-turn.ts';
import { createLineSplitter, type SplitLine } from '../../exchange/bulk/split-lines.ts';
import type { Settled } from '../../exchange/types.ts';
import { Problem } from '../../problems.ts';
import type { BodyReader } from './body-reader.ts';
import type { BulkSettings } from './bulk-settings.ts';
import { incomingOf, type OpenedBulk } from './line-incoming.ts';
import { createRefusedInRow } from './refused-in-row.ts';
import { type BulkEnd, problemLine, type ResultOf, resultLine, statusOf } from './result-lines.ts';
import { createWindow } from './window.ts';

export interface LineCarrier extends OpenedBulk {
  readonly body: BodyReader;
  readonly settings: BulkSettings;
  /** Resolves when the gateway has time for what can wait. */
  readonly calm: (signal: AbortSignal) => Promise<void> | undefined;
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
  const refusedInRow = createRefusedInRow();
  let early: BulkEnd['early'];

  /** The first reason counts, and of the lines that met one the first. */
  function end(problem: Problem, line: number): void {
    if (early === undefined || line < early.next) early = { problem: early?.problem ?? problem, next: line };
    body.stop();
  }

  /** A quota may be large: who sends only what is refused should hear of it before the log is full of it. */
  function endWhereAllAreRefused(row: number): void {
    if (row < settings.refusedInRowMax || early !== undefined) return;
    end(new Problem('lines-refused', `${row} lines in a row were refused.`), next);
  }

  /** Lines that nobody answers take no end by themselves. */
  function demandBounds(): void {
    const { linesMax, skippedBytesMax } = settings;
    if (splitter.lines > linesMax) throw new Problem('content-too-large', `A request may have ${linesMax} lines.`);
    if (splitter.skippedBytes <= skippedBytesMax) return;
    const detail = `Lines that are empty or too long may have ${skippedBytesMax} bytes together.`;
    throw new Problem('content-too-large', detail);
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
    const tellRefused = refusedInRow.begin();
    const line = incomingOf(carrier, { number, content }, signal);
    const of: ResultOf = { line: number, id: line.incoming.messageId, exchangeId: line.incoming.id };
    const count = (status: number) => byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    try {
      const { bulk } = carrier;
      const { incoming, refusal } = line;
      const settled = await (refusal === undefined ? bulk.exchange(incoming) : bulk.refuse(incoming, refusal));
      const { outcome } = settled;
      carrier.done(settled, performance.now() - startedMs);
      const status = statusOf(outcome);
      count(status);
      endWhereAllAreRefused(tellRefused(status >= 400 && status < 500));
      if ('problem' in outcome && endsBulk(outcome.problem.code)) end(outcome.problem, number);
      return resultLine(of, settled);
    } catch (error) {
      // Rejected only where the record failed: what follows could not be recorded either.
      const problem = error instanceof Problem ? error : withheldBy(error);
      carrier.withheld();
      tellRefused(false);
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
      demandBounds();
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

function withheldBy(cause: unknown): Problem {
  return new Problem('internal-error', 'The gateway failed on this line; its answer is withheld.', { cause });
}
