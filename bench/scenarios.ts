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
}

/** Connections to PostgreSQL, the same for the gateway and for what it is compared with. */
export const databaseConnections = 16;

export const scenarios = {
  bare: {
    title: '(a) bare Fastify, constant answer',
    server: 'servers/bare.ts',
    parameters: {},
    people: 'one',
    isGateway: false,
  },
  'cache-hit': {
    title: '(b) gateway, cache hit',
    server: 'servers/gateway.ts',
    parameters: { cacheEntriesMax: 1000 },
    people: 'one',
    isGateway: true,
  },
  miss: {
    title: '(c) gateway, miss',
    server: 'servers/gateway.ts',
    // One kept answer, and no person twice in a row: every request goes to the registry.
    parameters: { cacheEntriesMax: 1 },
    people: 'many',
    isGateway: true,
  },
  'bare-query': {
    title: '(d) bare Fastify, one SELECT',
    server: 'servers/bare-query.ts',
    parameters: {},
    people: 'many',
    isGateway: false,
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
} as const satisfies Readonly<Record<string, Comparison>>;

export type ComparisonName = keyof typeof comparisons;
