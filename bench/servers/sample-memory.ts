/** Loaded into a gateway before its own module: writes down, again and again, what its memory is after a garbage collection. */

import { appendFileSync } from 'node:fs';

const { SOAK_FILE: file, SOAK_INTERVAL_MS: intervalMs } = process.env;
const { gc } = globalThis;
if (file === undefined || gc === undefined) throw new Error('this needs SOAK_FILE and --expose-gc');

setInterval(() => {
  gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  appendFileSync(file, `${JSON.stringify({ atMs: Math.round(performance.now()), rss, heapUsed, external })}\n`);
}, Number(intervalMs)).unref();
