/** Counts for Prometheus of what stands beside the exchange log: sealed evidence, the index and its database. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { MetricSources, Metrics } from './metrics.ts';
import { secondsBuckets } from './seconds-buckets.ts';

export function createIndexMetrics(
  registers: Registry[],
  sources: Pick<MetricSources, 'evidenceWritable' | 'indexLag' | 'stateWritable'>,
): Pick<Metrics, 'evidenceCommitted' | 'indexAdded' | 'stateDatabaseUp'> {
  const evidenceSeconds = new Histogram({
    name: 'lienthong_evidence_commit_duration_seconds',
    help: 'Append and fdatasync of sealed bodies in one commit',
    buckets: secondsBuckets,
    registers,
  });
  const evidenceBytes = new Counter({
    name: 'lienthong_evidence_bytes_total',
    help: 'Bytes written to the evidence files',
    registers,
  });
  const indexed = new Counter({
    name: 'lienthong_index_entries_total',
    help: 'Entries added to the index of the exchange log',
    registers,
  });
  const indexSeconds = new Histogram({
    name: 'lienthong_index_batch_duration_seconds',
    help: 'From reading a batch of entries to their transaction durable',
    buckets: secondsBuckets,
    registers,
  });
  const stateUp = new Gauge({
    name: 'lienthong_state_database_up',
    help: '1 while the state database answers, 0 before it does and while it does not',
    registers,
  });
  new Gauge({
    name: 'lienthong_evidence_writable',
    help: '1 while sealed evidence can be kept, 0 after it failed',
    registers,
    collect() {
      this.set(sources.evidenceWritable() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'lienthong_index_lag_entries',
    help: 'Durable entries of the exchange log that are not indexed',
    registers,
    collect() {
      this.set(sources.indexLag());
    },
  });
  new Gauge({
    name: 'lienthong_state_database_writable',
    help: '0 while the state database refuses to write, as a standby or for lack of room',
    registers,
    collect() {
      this.set(sources.stateWritable() ? 1 : 0);
    },
  });
  return {
    evidenceCommitted(bytes, durationMs) {
      evidenceBytes.inc(bytes);
      evidenceSeconds.observe(durationMs / 1000);
    },
    indexAdded(entries, durationMs) {
      indexed.inc(entries);
      indexSeconds.observe(durationMs / 1000);
    },
    stateDatabaseUp: (isUp) => stateUp.set(isUp ? 1 : 0),
  };
}
