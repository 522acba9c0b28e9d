/** Counts and times for Prometheus; labels name services and outcomes, never people. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { StepObserver } from '../exchange/ports.ts';
import type { PushStock } from '../exchange/pushes.ts';
import type { Settled } from '../exchange/types.ts';
import { createDeliveryMetrics } from './delivery-metrics.ts';
import { createEventMetrics } from './event-metrics.ts';
import { createExchangeTally } from './exchange-tally.ts';
import { createIndexMetrics } from './index-metrics.ts';
import { createLogMetrics } from './log-metrics.ts';
import { createOtlpMetrics } from './otlp-metrics.ts';
import { createOverloadMetrics } from './overload-metrics.ts';
import type { RegistryCallObserver } from './registry-watch.ts';
import { secondsBuckets } from './seconds-buckets.ts';
import { createSharingMetrics } from './sharing-metrics.ts';
import { createWatchedMetrics, type SecondAttemptObserver, type WatchedSources } from './watched-metrics.ts';

type CircuitState = 'closed' | 'open' | 'half-open';

export interface MetricSources extends WatchedSources {
  /** Asked at each scrape. */
  readonly circuits: () => ReadonlyMap<string, CircuitState>;
  readonly logWritable: () => boolean;
  /** Logs that no worker writes, by origin. */
  readonly formerLogs?: () => readonly { readonly log: string; readonly isWritable: boolean }[];
  /** Of the newest timestamp of the log, Unix milliseconds; undefined where there is none. */
  readonly timestampMs?: () => number | undefined;
  readonly evidenceWritable: () => boolean;
  /** Durable entries that are not indexed. */
  readonly indexLag: () => number;
  /** Whether the state database takes writes, as far as is known. */
  readonly stateWritable: () => boolean;
  readonly overload?: () => { readonly limit: number; readonly inFlight: number; readonly waitingLong: number };
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
    help: 'Exchanges answered 503 because the log took no entry of them',
    registers,
  });
  const steps = new Histogram({
    name: 'lienthong_step_duration_seconds',
    help: 'Duration of each step of the pipeline, of one exchange in 61',
    labelNames: ['step'],
    buckets: [0.00001, 0.0001, ...secondsBuckets],
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
    ...createLogMetrics(registers, sources),
    ...createIndexMetrics(registers, sources),
    ...createDeliveryMetrics(registers),
    ...createSharingMetrics(registers),
    ...createEventMetrics(registers),
    ...createOverloadMetrics(registers, sources.overload),
    ...createOtlpMetrics(registers),
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
}
