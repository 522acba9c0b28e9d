/** Counts for Prometheus of the exchange log: commits, checkpoints, witnesses and timestamps. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { MetricSources, Metrics } from './metrics.ts';
import { secondsBuckets } from './seconds-buckets.ts';

export function createLogMetrics(
  registers: Registry[],
  sources: Pick<MetricSources, 'timestampMs' | 'logWritable' | 'formerLogs'>,
): Pick<Metrics, 'logCommitted' | 'logCheckpointed' | 'timestampFailed' | 'witnessAnswered' | 'logCosigned'> {
  const commitEntries = new Histogram({
    name: 'lienthong_log_commit_entries',
    help: 'Entries in one commit of the exchange log',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers,
  });
  const commitSeconds = new Histogram({
    name: 'lienthong_log_commit_duration_seconds',
    help: 'Append and fdatasync of one commit',
    buckets: secondsBuckets,
    registers,
  });
  const commitBytes = new Counter({
    name: 'lienthong_log_bytes_total',
    help: 'Bytes written to the exchange log',
    registers,
  });
  const checkpointSize = new Gauge({
    name: 'lienthong_log_checkpoint_size',
    help: 'Entries that the newest signed checkpoint covers',
    registers,
  });
  const checkpointSeconds = new Histogram({
    name: 'lienthong_log_checkpoint_duration_seconds',
    help: 'From the tree as it stood to its signed checkpoint durable',
    buckets: secondsBuckets,
    registers,
  });
  const timestampFailures = new Counter({
    name: 'lienthong_timestamp_failures_total',
    help: 'Questions to the timestamp authority that brought no timestamp',
    registers,
  });
  const witnessAnswers = new Counter({
    name: 'lienthong_witness_answers_total',
    help: 'Checkpoints shown to a witness, by outcome: cosigned, or why not',
    labelNames: ['witness', 'outcome'],
    registers,
  });
  const cosignaturesObtained = new Gauge({
    name: 'lienthong_log_cosignatures',
    help: 'Cosignatures that witnesses gave for the newest tree',
    registers,
  });
  const cosignaturesWanted = new Gauge({
    name: 'lienthong_log_cosignatures_wanted',
    help: 'Cosignatures that each checkpoint should have; 0 without witnesses',
    registers,
  });
  new Gauge({
    name: 'lienthong_timestamp_age_seconds',
    help: 'Since the newest timestamp of the log, by the clocks of authority and gateway',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset();
      const atMs = sources.timestampMs?.();
      // With a label, so that nothing at all is told as long as there is no timestamp.
      if (atMs !== undefined) this.set({ kind: 'rfc3161' }, Math.max(0, (Date.now() - atMs) / 1000));
    },
  });
  new Gauge({
    name: 'lienthong_log_writable',
    help: '1 while the exchange log takes entries, 0 after it failed',
    registers,
    collect() {
      this.set(sources.logWritable() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'lienthong_former_log_writable',
    help: '1 while a log that no worker writes takes questions of people, 0 while it cannot be written',
    labelNames: ['log'],
    registers,
    collect() {
      this.reset();
      for (const { log, isWritable } of sources.formerLogs?.() ?? []) this.set({ log }, isWritable ? 1 : 0);
    },
  });
  return {
    logCommitted(entries, bytes, durationMs) {
      commitEntries.observe(entries);
      commitBytes.inc(bytes);
      commitSeconds.observe(durationMs / 1000);
    },
    logCheckpointed(size, durationMs) {
      checkpointSize.set(size);
      if (durationMs !== undefined) checkpointSeconds.observe(durationMs / 1000);
    },
    timestampFailed: () => timestampFailures.inc(),
    witnessAnswered: (witness, outcome) => witnessAnswers.inc({ witness, outcome }),
    logCosigned(cosignatures, wanted) {
      cosignaturesObtained.set(cosignatures);
      cosignaturesWanted.set(wanted);
    },
  };
}
