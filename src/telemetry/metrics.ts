/** Counts and times for Prometheus; labels name services and outcomes, never people. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { StepObserver } from '../exchange/ports.ts';
import type { PushStock } from '../exchange/pushes.ts';
import type { Settled } from '../exchange/types.ts';
import { createEventMetrics } from './event-metrics.ts';
import { createExchangeTally } from './exchange-tally.ts';
import { createOtlpMetrics } from './otlp-metrics.ts';
import { createOverloadMetrics } from './overload-metrics.ts';
import type { RegistryCallObserver } from './registry-watch.ts';
import { createStockMetrics } from './stock-metrics.ts';
import { createWatchedMetrics, type SecondAttemptObserver, type WatchedSources } from './watched-metrics.ts';

type CircuitState = 'closed' | 'open' | 'half-open';

export interface MetricSources extends WatchedSources {
  /** Asked at each scrape. */
  readonly circuits: () => ReadonlyMap<string, CircuitState>;
  readonly logWritable: () => boolean;
  /** Of the newest timestamp of the log, Unix milliseconds; undefined where there is none. */
  readonly timestampMs?: () => number | undefined;
  readonly evidenceWritable: () => boolean;
  /** Durable entries that are not indexed. */
  readonly indexLag: () => number;
  readonly overload?: () => { readonly limit: number; readonly inFlight: number };
}

export interface Metrics extends StepObserver, RegistryCallObserver, SecondAttemptObserver {
  exchangeDone(settled: Settled, durationMs: number): void;
  /** A request whose exchange could not be recorded and was answered 503. */
  exchangeWithheld(): void;
  logCommitted(entries: number, bytes: number, durationMs: number): void;
  /** A signed checkpoint of that many entries is durable; without a duration where it is from before the start. */
  logCheckpointed(size: number, durationMs?: number): void;
  /** The timestamp authority was asked in vain. */
  timestampFailed(): void;
  /** A witness was asked; `cosigned`, or why it did not. */
  witnessAnswered(witness: string, outcome: string): void;
  /** Cosignatures that the newest tree has got, and that it should have. */
  logCosigned(cosignatures: number, wanted: number): void;
  evidenceCommitted(bytes: number, durationMs: number): void;
  /** Entries were added to the index in one transaction. */
  indexAdded(entries: number, durationMs: number): void;
  stateDatabaseUp(isUp: boolean): void;
  /** A push came into another state, which is recorded. */
  deliveryMoved(service: string, state: string): void;
  /** Pushes are accepted and delivered. */
  deliveriesOpen(isOpen: boolean): void;
  /** What stands at these registries; undefined where it could not be counted. */
  deliveriesCounted(registries: readonly string[], stock: PushStock | undefined): void;
  eventsTold(event: string, way: 'pull' | 'webhook', count: number): void;
  /** Requests that wait for an event. */
  eventsAwaited(waiting: number): void;
  /** A receiver was sent a notice: `taken`, or why not. */
  webhookAnswered(receiver: string, stream: string, outcome: string): void;
  webhookDead(receiver: string, stream: string, isDead: boolean): void;
  /** An exchange was refused without an entry of its own. */
  refusalCounted(problem: string): void;
  /** What became of an answer beside being served from memory. */
  cacheEvent(event: string): void;
  redisUp(isUp: boolean): void;
  redisFailed(trouble: string): void;
  quotaCountedAlone(): void;
  /** Spans or collections of metrics were sent to the collector: `sent`, `failed` or `dropped`. */
  telemetrySent(signal: string, outcome: string, count: number): void;
  /** Prometheus text exposition. */
  readonly contentType: string;
  expose(): Promise<string>;
  /** The same as values. */
  snapshot(): ReturnType<Registry['getMetricsAsJSON']>;
}

const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** A prime, so that callers who take turns are all watched in time. */
const stepsWatchedEvery = 61;

/** `worker` is the number of the process among several. */
export function createMetrics(sources: MetricSources, worker?: number): Metrics {
  const registry = new Registry();
  if (worker !== undefined) registry.setDefaultLabels({ worker });
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const exchanges = createExchangeTally(registry, secondsBuckets);
  let untilWatched = 0;
  const withheld = new Counter({
    name: 'lienthong_exchanges_withheld_total',
    help: 'Exchanges answered 503 because they could not be recorded',
    registers,
  });
  const steps = new Histogram({
    name: 'lienthong_step_duration_seconds',
    help: 'Duration of each step of the pipeline, of one exchange in 61',
    labelNames: ['step'],
    buckets: [0.00001, 0.0001, ...secondsBuckets],
    registers,
  });
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
  const moved = new Counter({
    name: 'lienthong_delivery_transitions_total',
    help: 'Accepted pushes that came into another state, by service and state',
    labelNames: ['service', 'state'],
    registers,
  });
  const deliveriesUp = new Gauge({
    name: 'lienthong_deliveries_open',
    help: '1 once pushes are accepted and delivered, 0 before',
    registers,
  });
  const cacheEvents = new Counter({
    name: 'lienthong_cache_events_total',
    help: 'What became of answers behind memory, by event',
    labelNames: ['event'],
    registers,
  });
  const redisState = new Gauge({
    name: 'lienthong_redis_up',
    help: '1 while Redis is used, 0 while it cannot be; 0, too, where none is configured',
    registers,
  });
  const redisFailures = new Counter({
    name: 'lienthong_redis_failures_total',
    help: 'Commands that Redis did not do, by kind of trouble',
    labelNames: ['trouble'],
    registers,
  });
  const countedAlone = new Counter({
    name: 'lienthong_quota_counted_alone_total',
    help: 'Requests that this gateway counted alone because Redis was away',
    registers,
  });
  observeStates(registers, sources);

  return {
    watchesNext() {
      untilWatched = untilWatched === 0 ? stepsWatchedEvery - 1 : untilWatched - 1;
      return untilWatched === stepsWatchedEvery - 1;
    },
    stepDone: (step, durationMs) => steps.observe({ step }, durationMs / 1000),
    exchangeDone({ outcome, trail }, durationMs) {
      const service = trail.service?.id ?? 'none';
      if ('answer' in outcome) exchanges.count(service, 'ok', outcome.answer.source, durationMs / 1000);
      else exchanges.count(service, outcome.problem.code, 'none', durationMs / 1000);
    },
    exchangeWithheld: () => withheld.inc(),
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
    evidenceCommitted(bytes, durationMs) {
      evidenceBytes.inc(bytes);
      evidenceSeconds.observe(durationMs / 1000);
    },
    indexAdded(entries, durationMs) {
      indexed.inc(entries);
      indexSeconds.observe(durationMs / 1000);
    },
    stateDatabaseUp: (isUp) => stateUp.set(isUp ? 1 : 0),
    deliveryMoved: (service, state) => moved.inc({ service, state }),
    deliveriesOpen: (isOpen) => deliveriesUp.set(isOpen ? 1 : 0),
    ...createStockMetrics(registers),
    ...createEventMetrics(registers),
    ...createOverloadMetrics(registers, sources.overload),
    ...createOtlpMetrics(registers),
    cacheEvent: (event) => cacheEvents.inc({ event }),
    redisUp: (isUp) => redisState.set(isUp ? 1 : 0),
    redisFailed: (trouble) => redisFailures.inc({ trouble }),
    quotaCountedAlone: () => countedAlone.inc(),
    ...createWatchedMetrics(registers, sources),
    contentType: registry.contentType,
    expose: () => registry.metrics(),
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

function observeStates(registers: Registry[], sources: MetricSources): void {
  new Gauge({
    name: 'lienthong_circuit_state',
    help: 'Circuit of a service: 0 closed, 1 half-open, 2 open',
    labelNames: ['service'],
    registers,
    collect() {
      this.reset();
      for (const [service, state] of sources.circuits()) {
        this.set({ service }, state === 'closed' ? 0 : state === 'half-open' ? 1 : 2);
      }
    },
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
}
