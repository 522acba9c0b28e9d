/** Tells what became of what was sent to the collector: the SDK keeps that to itself, and nobody would notice that it is away. */

import { type ExportResult, ExportResultCode } from '@opentelemetry/core';

export type OtlpSignal = 'traces' | 'metrics';

export interface SendObserver {
  sent(signal: OtlpSignal, count: number): void;
  failed(signal: OtlpSignal, count: number, error: unknown): void;
  /** They found no room to wait. */
  dropped(signal: OtlpSignal, count: number): void;
}

export interface Exporter<Items> {
  export(items: Items, done: (result: ExportResult) => void): void;
}

export interface Watch<Items> {
  readonly signal: OtlpSignal;
  readonly countOf: (items: Items) => number;
  readonly observer: SendObserver;
}

/** The same exporter, seen. */
export function watchSending<Items, One extends Exporter<Items>>(
  exporter: One & Exporter<Items>,
  { signal, countOf, observer }: Watch<Items>,
): One {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) => {
    const count = countOf(items);
    send(items, (result) => {
      if (result.code === ExportResultCode.SUCCESS) observer.sent(signal, count);
      else observer.failed(signal, count, result.error);
      done(result);
    });
  };
  return exporter;
}
