/** Names of all metrics that a gateway of several workers exposes, with those of the process itself. */

import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createWorkerMetrics } from '../../src/telemetry/worker-metrics.ts';

export async function exposedMetrics(): Promise<readonly string[]> {
  const metrics = createMetrics({
    circuits: () => new Map(),
    logWritable: () => true,
    evidenceWritable: () => true,
    indexLag: () => 0,
    stateWritable: () => true,
  });
  const ofParent = await createWorkerMetrics({ workers: [1], serving: () => [1], starts: () => 1 })();
  return [...`${await metrics.expose()}\n${ofParent}`.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
}
