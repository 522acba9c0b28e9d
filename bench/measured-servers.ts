/** The servers that loads are put on: the gateway in its settings, and what it is held against. */

import type { CallName, People } from './calls.ts';
import type { GatewayParameters } from './servers/open-gateway.ts';

interface ServerBase {
  readonly title: string;
  readonly call: CallName;
  readonly people: People;
}

export interface GatewayKind extends ServerBase {
  readonly kind: 'gateway';
  readonly parameters: Omit<GatewayParameters, 'services' | 'redisUrl' | 'upstreamUrl'>;
  /** What it asks beside PostgreSQL. */
  readonly asks?: 'redis' | 'upstream';
  /** Where its answers come from; asserted. */
  readonly answersFrom: 'cache' | 'registry';
  /** Connections that are kept open beside those of the load. */
  readonly keptConnections?: number;
}

/** A module of servers/. */
export interface BareKind extends ServerBase {
  readonly kind: 'bare';
  readonly module: string;
  readonly asks?: 'postgres' | 'redis' | 'upstream';
  /** Package that is installed for the run, `name@version`. */
  readonly package?: string;
}

/** A program of the system, or of its package. */
export interface ProgramKind extends ServerBase {
  readonly kind: 'program';
  readonly program: 'nginx' | 'caddy' | 'haproxy';
}

export type ServerKind = GatewayKind | BareKind | ProgramKind;

/** Connections to PostgreSQL, the same for the gateway and for what it is compared with. */
export const databaseConnections = 16;

const recording = { isRecording: true, cacheEntriesMax: 1000 };
/** One kept answer, and no person twice in a row: every request goes on. */
const forgetting = { isRecording: true, cacheEntriesMax: 1 };
const person = { kind: 'gateway', call: 'person', people: 'one', parameters: recording, answersFrom: 'cache' } as const;
const proxied = { call: 'registry', people: 'many' } as const;

export const servers = {
  'cache-hit': { ...person, title: 'gateway, cache hit' },
  'cache-hit-unrecorded': {
    ...person,
    title: 'gateway, cache hit, recording nothing',
    parameters: { ...recording, isRecording: false },
  },
  'redis-hit': {
    ...person,
    title: 'gateway, answers in Redis',
    people: 'few',
    parameters: forgetting,
    asks: 'redis',
  },
  miss: { ...person, title: 'gateway, PostgreSQL', people: 'many', parameters: forgetting, answersFrom: 'registry' },
  'miss-unrecorded': {
    ...person,
    title: 'gateway, PostgreSQL, recording nothing',
    people: 'many',
    parameters: { ...forgetting, isRecording: false },
    answersFrom: 'registry',
  },
  'miss-rest': {
    kind: 'gateway',
    title: 'gateway, REST registry',
    call: 'marital-status',
    people: 'many',
    parameters: forgetting,
    asks: 'upstream',
    answersFrom: 'registry',
  },
  /** Opened for what it is compared with, so that both have run for as long. */
  'as-shipped': { ...person, title: 'gateway, cache hit' },
  'thousand-services': {
    ...person,
    title: 'gateway, cache hit, 1,000 services',
    parameters: { ...recording, grown: { services: 1000 } },
  },
  'many-agreements': {
    ...person,
    title: 'gateway, cache hit, 100,000 agreements of 100,000 systems',
    parameters: { ...recording, grown: { agreements: 100_000 } },
  },
  'many-connections': {
    ...person,
    title: 'gateway, cache hit, 10,000 kept connections',
    parameters: { ...recording, keepsConnections: true },
    keptConnections: 10_000,
  },
  bare: { kind: 'bare', title: 'R1: Fastify, constant answer', module: 'bare.ts', call: 'person', people: 'one' },
  least: {
    kind: 'bare',
    title: 'R1 and what the promises ask',
    module: 'least.ts',
    call: 'person',
    people: 'one',
  },
  'bare-redis': {
    kind: 'bare',
    title: 'R1 and one Redis read',
    module: 'bare-redis.ts',
    call: 'person',
    people: 'few',
    asks: 'redis',
  },
  'bare-query': {
    kind: 'bare',
    title: 'R2: R1 and one SELECT',
    module: 'bare-query.ts',
    call: 'person',
    people: 'many',
    asks: 'postgres',
  },
  'http-proxy': {
    ...proxied,
    kind: 'bare',
    title: 'R3: @fastify/http-proxy',
    module: 'http-proxy.ts',
    asks: 'upstream',
    package: '@fastify/http-proxy@11.6.3',
  },
  'fast-gateway': {
    ...proxied,
    kind: 'bare',
    title: 'fast-gateway',
    module: 'fast-gateway.ts',
    asks: 'upstream',
    package: 'fast-gateway@3.4.7',
  },
  nginx: { ...proxied, kind: 'program', title: 'nginx', program: 'nginx' },
  caddy: { ...proxied, kind: 'program', title: 'Caddy', program: 'caddy' },
  haproxy: { ...proxied, kind: 'program', title: 'HAProxy', program: 'haproxy' },
} as const satisfies Readonly<Record<string, ServerKind>>;

export type ServerName = keyof typeof servers;
