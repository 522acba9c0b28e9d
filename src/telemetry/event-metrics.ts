/** Counts for Prometheus of what subscribers are told and receivers are sent. */

import { Counter, Gauge, type Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';

type EventMetrics = Pick<Metrics, 'eventsTold' | 'eventsAwaited' | 'webhookAnswered' | 'webhookDead'>;

export function createEventMetrics(registers: Registry[]): EventMetrics {
  const told = new Counter({
    name: 'lienthong_events_told_total',
    help: 'Events that were told to a subscriber, by event and way: pull or webhook',
    labelNames: ['event', 'way'],
    registers,
  });
  const awaited = new Gauge({
    name: 'lienthong_event_requests_waiting',
    help: 'Requests that wait for an event',
    registers,
  });
  const answers = new Counter({
    name: 'lienthong_webhook_answers_total',
    help: 'Notices sent to a receiver, by stream and outcome: taken, or why not',
    labelNames: ['receiver', 'stream', 'outcome'],
    registers,
  });
  const dead = new Gauge({
    name: 'lienthong_webhook_dead',
    help: '1 where a webhook failed too long and nothing more is tried, 0 otherwise',
    labelNames: ['receiver', 'stream'],
    registers,
  });
  return {
    eventsTold: (event, way, count) => told.inc({ event, way }, count),
    eventsAwaited: (waiting) => awaited.set(waiting),
    webhookAnswered: (receiver, stream, outcome) => answers.inc({ receiver, stream, outcome }),
    webhookDead: (receiver, stream, isDead) => dead.set({ receiver, stream }, isDead ? 1 : 0),
  };
}
