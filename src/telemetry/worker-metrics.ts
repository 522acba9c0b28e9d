/** What the parent of several workers counts. */

import { Gauge, Registry } from 'prom-client';

export interface WorkerMetricSources {
  /** Numbers of all workers. */
  readonly workers: readonly number[];
  /** Numbers of those that serve, and answer. */
  readonly serving: () => readonly number[];
  readonly starts: (number: number) => number;
}

/** Gives the Prometheus text exposition. */
export function createWorkerMetrics({ workers, serving, starts }: WorkerMetricSources): () => Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'lienthong_worker_serving',
    help: '1 while the worker serves and answers, 0 while it is silent or being started again',
    labelNames: ['worker'],
    registers,
    collect() {
      const present = serving();
      for (const worker of workers) this.set({ worker }, present.includes(worker) ? 1 : 0);
    },
  });
  new Gauge({
    name: 'lienthong_worker_starts',
    help: 'Processes of the worker so far, the first one included',
    labelNames: ['worker'],
    registers,
    collect() {
      for (const worker of workers) this.set({ worker }, starts(worker));
    },
  });
  return () => registry.metrics();
}
