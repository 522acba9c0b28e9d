/** Names what is measured and what is compared with what: the one list that arguments, measurement and table share. */

export interface Scenario {
  readonly title: string;
  /** Module of the server, relative to this folder. */
  readonly server: string;
  /** Handed to the server when it opens. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Whether each request asks about another person, or all about the same one. */
  readonly people: 'one' | 'many';
  /** Whether it is the gateway, which can be profiled and asked where its answers came from. */
  readonly isGateway: boolean;
  /** Where a gateway's answers come from; undefined for what is none. */
  readonly answersFrom: 'cache' | 'registry' | undefined;
}

const services = ['VN/GOV/G01/population/get-person'];

/** Connections to PostgreSQL, the same for the gateway and for what it is compared with. */
export const databaseConnections = 16;

export const scenarios = {
  bare: {
    title: '(a) bare Fastify, constant answer',
    server: 'servers/bare.ts',
    parameters: {},
    people: 'one',
    isGateway: false,
    answersFrom: undefined,
  },
  'cache-hit': {
    title: '(b) gateway, cache hit',
    server: 'servers/gateway.ts',
    parameters: { cacheEntriesMax: 1000, isRecording: true, services },
    people: 'one',
    isGateway: true,
    answersFrom: 'cache',
  },
  miss: {
    title: '(c) gateway, miss',
    server: 'servers/gateway.ts',
    // One kept answer, and no person twice in a row: every request goes to the registry.
    parameters: { cacheEntriesMax: 1, isRecording: true, services },
    people: 'many',
    isGateway: true,
    answersFrom: 'registry',
  },
  'bare-query': {
    title: '(d) bare Fastify, one SELECT',
    server: 'servers/bare-query.ts',
    parameters: {},
    people: 'many',
    isGateway: false,
    answersFrom: undefined,
  },
  'cache-hit-unrecorded': {
    title: '(e) like (b), recording nothing',
    server: 'servers/gateway.ts',
    parameters: { cacheEntriesMax: 1000, isRecording: false, services },
    people: 'one',
    isGateway: true,
    answersFrom: 'cache',
  },
  'miss-unrecorded': {
    title: '(f) like (c), recording nothing',
    server: 'servers/gateway.ts',
    parameters: { cacheEntriesMax: 1, isRecording: false, services },
    people: 'many',
    isGateway: true,
    answersFrom: 'registry',
  },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios) as ScenarioName[];

export interface Comparison {
  readonly title: string;
  readonly of: ScenarioName;
  readonly to: ScenarioName;
}

export const comparisons = {
  'cache-hit': { title: 'b/a', of: 'cache-hit', to: 'bare' },
  miss: { title: 'c/a', of: 'miss', to: 'bare' },
  'miss-to-query': { title: 'c/d', of: 'miss', to: 'bare-query' },
  'recording-hits': { title: 'b/e', of: 'cache-hit', to: 'cache-hit-unrecorded' },
  'recording-misses': { title: 'c/f', of: 'miss', to: 'miss-unrecorded' },
} as const satisfies Readonly<Record<string, Comparison>>;

export type ComparisonName = keyof typeof comparisons;
