/** Loaded into a gateway before its own module: writes down, again and again, what its memory is after a garbage collection. */

import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const { SOAK_FILE: file, SOAK_INTERVAL_MS: intervalMs } = process.env;
const { gc } = globalThis;
if (file === undefined || gc === undefined) throw new Error('this needs SOAK_FILE and --expose-gc');

/** The gateway's threads load this, too, and have heaps of their own. */
if (isMainThread) setInterval(() => sample(file, gc), Number(intervalMs)).unref();

function sample(to: string, collect: NonNullable<typeof gc>): void {
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  appendFileSync(to, `${JSON.stringify({ atMs: Math.round(performance.now()), rss, heapUsed, external })}\n`);
}
