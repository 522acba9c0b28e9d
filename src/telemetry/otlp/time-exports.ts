/** Sends one export after the other, each within a whole time: the SDK knows of silence only, and waits for ever for a collector that trickles its answer. */

import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { CollectorLine } from './collector-line.ts';
import type { Exporter } from './watch-sending.ts';

/** The time for the collector is over; its message is ours, and may be told. */
export class CollectorFault extends Error {
  override readonly name = 'CollectorFault';
}

export interface ExportTime {
  readonly line: CollectorLine;
  /** From the first try to the last byte of the answer, milliseconds. */
  readonly timeoutMs: number;
  /** Where it is aborted nothing more is sent, and what is under way is cut. */
  readonly end: AbortSignal;
}

/** The same exporter, timed. Those that wait are as few as their makers let wait. */
export function timeExports<Items, One extends Exporter<Items>>(
  exporter: One & Exporter<Items>,
  { line, timeoutMs, end }: ExportTime,
): One {
  const send = exporter.export.bind(exporter);
  let last: Promise<unknown> = Promise.resolve();

  const timed = (items: Items) =>
    new Promise<ExportResult>((resolve, reject) => {
      if (end.aborted) throw end.reason;
      let cause: Error | undefined;
      const cut = (reason: Error) => {
        cause ??= reason;
        line.cut();
      };
      const leave = () => cut(end.reason);
      const late = () => cut(new CollectorFault(`the collector has not answered in full within ${timeoutMs} ms`));
      const timer = setTimeout(late, timeoutMs);
      end.addEventListener('abort', leave, { once: true });
      line.open();
      // What was cut may be reported as sent: its status had come already.
      send(items, (result) => {
        clearTimeout(timer);
        end.removeEventListener('abort', leave);
        if (cause === undefined) resolve(result);
        else reject(cause);
      });
    }).catch((error: Error): ExportResult => ({ code: ExportResultCode.FAILED, error }));

  exporter.export = (items, done) => {
    const result = last.then(() => timed(items));
    last = result;
    void result.then(done);
  };
  return exporter;
}
