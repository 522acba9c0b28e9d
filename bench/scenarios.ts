/** Says what is measured against what, and how much is wanted: the one list that arguments, trials and tables share. */

import type { ServerName } from './measured-servers.ts';
import type { Scenario } from './scenario.ts';

const always = 'always' as const;
const asked = 'asked' as const;
const hit = 'cache-hit' as const;
const peer = (reference: ServerName, name: string) =>
  ({
    title: 'REST miss',
    reference: name,
    ratio: 'speed',
    when: 'peers',
    trial: { kind: 'load', own: 'miss-rest', reference },
  }) as const;
const growth = (own: ServerName, title: string, reference: string, atLeast: number) =>
  ({
    title,
    reference,
    ratio: 'cpu',
    wanted: { atLeast },
    when: always,
    trial: { kind: 'load', own, reference: 'as-shipped' },
  }) as const;

const load = (own: ServerName, server: ServerName, title: string, reference: string, atLeast: number) =>
  ({
    title,
    reference,
    ratio: 'speed',
    wanted: { atLeast },
    when: always,
    trial: { kind: 'load', own, reference: server },
  }) as const;

export const scenarios = {
  'cache-hit': load(hit, 'bare', 'cache hit', 'R1', 0.7),
  'redis-hit': load('redis-hit', 'bare-redis', 'answer in Redis', 'R1 and one Redis read', 0.7),
  'miss-postgres': load('miss', 'bare-query', 'miss, PostgreSQL', 'R2', 0.8),
  'miss-rest': load('miss-rest', 'http-proxy', 'miss, REST', 'R3', 1.3),
  'push-accept': {
    title: 'push accepted',
    reference: 'batched inserts',
    ratio: 'speed',
    wanted: { atLeast: 0.5 },
    when: always,
    trial: { kind: 'push', isDrained: false },
  },
  'bulk-query': {
    title: '1,000 lines in a request',
    reference: 'single requests',
    ratio: 'speed',
    wanted: { atLeast: 3 },
    when: always,
    trial: { kind: 'bulk', own: hit, lines: 1000 },
  },
  record: {
    title: 'record alone',
    reference: 'R4',
    ratio: 'speed',
    wanted: { atLeast: 0.5 },
    when: always,
    trial: { kind: 'record', inFlight: 64 },
  },
  'latency-at-70': {
    title: 'p99 at 70 % of the most',
    reference: 'R1, same rate',
    ratio: 'p99',
    wanted: { atMost: 2 },
    when: always,
    trial: { kind: 'rate', own: hit, reference: 'bare', share: 0.7 },
  },
  'overload-goodput': {
    title: 'served at 3 × the most',
    reference: 'the most',
    ratio: 'speed',
    wanted: { atLeast: 0.8 },
    when: always,
    trial: { kind: 'flood', own: hit, times: 3 },
  },
  'growth-services': growth('thousand-services', 'hit, 1,000 services', '1 service', 0.95),
  'growth-agreements': growth('many-agreements', 'hit, 100,000 agreements', '3 agreements', 0.95),
  'growth-connections': growth('many-connections', 'hit, 10,000 kept connections', 'those of the load', 0.85),
  'growth-log': {
    title: 'record, log of 10 million',
    reference: 'log of 10 thousand',
    ratio: 'cpu',
    wanted: { atLeast: 0.95 },
    when: 'long',
    trial: { kind: 'log-growth', from: 10_000, to: 10_000_000 },
  },
  'peer-fast-gateway': peer('fast-gateway', 'fast-gateway'),
  'peer-caddy': peer('caddy', 'Caddy'),
  'peer-nginx': peer('nginx', 'nginx'),
  'peer-haproxy': peer('haproxy', 'HAProxy'),
  'recording-hits': {
    title: 'cache hit',
    reference: 'the same, not recorded',
    ratio: 'speed',
    when: asked,
    trial: { kind: 'load', own: hit, reference: 'cache-hit-unrecorded' },
  },
  'limit-of-hits': {
    title: 'R1, request hash, durable record',
    reference: 'R1',
    ratio: 'speed',
    when: asked,
    trial: { kind: 'load', own: 'least', reference: 'bare' },
  },
  'recording-misses': {
    title: 'miss, PostgreSQL',
    reference: 'the same, not recorded',
    ratio: 'speed',
    when: asked,
    trial: { kind: 'load', own: 'miss', reference: 'miss-unrecorded' },
  },
  'recording-latency': {
    title: 'p99 at 70 % of the most',
    reference: 'the same, not recorded',
    ratio: 'p99',
    when: asked,
    trial: { kind: 'rate', own: hit, reference: 'cache-hit-unrecorded', share: 0.7 },
  },
  'overload-misses': {
    title: 'served at 3 × the most, misses',
    reference: 'the most',
    ratio: 'speed',
    when: asked,
    trial: { kind: 'flood', own: 'miss', times: 3 },
  },
  'overload-latency': {
    title: 'p99 of the served at 3 × the most',
    reference: 'p99 at the most',
    ratio: 'p99',
    wanted: { atMost: 3 },
    when: asked,
    trial: { kind: 'flood', own: hit, times: 3 },
  },
  'record-256': {
    title: 'record alone, 256 in flight',
    reference: 'R4',
    ratio: 'speed',
    when: asked,
    trial: { kind: 'record', inFlight: 256 },
  },
  'push-beside': {
    title: 'push accepted, delivered meanwhile',
    reference: 'batched inserts',
    ratio: 'speed',
    when: asked,
    trial: { kind: 'push', isDrained: true },
  },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios) as ScenarioName[];
