/** What an operator sets for a registry that is an SQL database. */

import type { HttpTlsSettings } from './http-settings.ts';

export interface SqlSourceSettings {
  /** `postgres://user:password@host:port/database` or `mysql://…`; the scheme chooses the driver. */
  readonly url: string;
  /** Connections open at once: calls that a gateway makes at once, where each holds one. */
  readonly poolMax: number;
  readonly connectTimeoutMs: number;
  /** What may wait for a connection; 64 if absent. Further ones fail as `unavailable`. Calls of a gateway do not, see `callsMax` of an adapter. */
  readonly queueMax?: number;
  /** After which the server itself gives a statement up; 10,000 if absent. Budgets below that come with each call. */
  readonly statementTimeoutMs?: number;
  /** For which a transaction may be open without a statement that runs, before the server ends it; 5,000 if absent. */
  readonly idleTransactionMs?: number;
  /** After which PostgreSQL gives a connection up that acknowledges nothing, seconds; 10 if absent. */
  readonly peerLostSeconds?: number;
  /** What the server may send for one statement, bytes; 16 MiB if absent. More of it is `answer-invalid`. */
  readonly answerBytesMax?: number;
  /** Rows that a statement may give; 10,000 if absent. More of them are `answer-invalid`. */
  readonly rowsMax?: number;
  /** Present: the connection is encrypted and the server's certificate is checked. */
  readonly tls?: HttpTlsSettings;
}

export const queueMaxDefault = 64;
export const statementTimeoutMsDefault = 10_000;
export const idleTransactionMsDefault = 5_000;
export const peerLostSecondsDefault = 10;
const answerBytesMaxDefault = 16 * 1024 * 1024;
const rowsMaxDefault = 10_000;

/** Of one answer. */
export interface AnswerLimits {
  readonly answerBytesMax: number;
  readonly rowsMax: number;
}

export const unbounded: AnswerLimits = {
  answerBytesMax: Number.POSITIVE_INFINITY,
  rowsMax: Number.POSITIVE_INFINITY,
};

export const answerLimitsOf = ({ answerBytesMax, rowsMax }: Partial<AnswerLimits>): AnswerLimits => ({
  answerBytesMax: answerBytesMax ?? answerBytesMaxDefault,
  rowsMax: rowsMax ?? rowsMaxDefault,
});

const timeoutMs = { type: 'integer', minimum: 1, maximum: 120_000 };
const text = { type: 'string', minLength: 1 };

/** JSON Schema 2020-12 of `SqlSourceSettings`. */
export const sqlSourceSettingsSchema: Readonly<Record<string, unknown>> = {
  type: 'object',
  required: ['url', 'poolMax', 'connectTimeoutMs'],
  properties: {
    // mysql2 would print what it does not know of a query.
    url: { type: 'string', pattern: '^(?:(?:postgres|postgresql)://[^/]+/[^/?]+|(?:mysql|mariadb)://[^/]+/[^/?]+$)' },
    poolMax: { type: 'integer', minimum: 1, maximum: 256 },
    connectTimeoutMs: timeoutMs,
    queueMax: { type: 'integer', minimum: 0, maximum: 10_000 },
    statementTimeoutMs: timeoutMs,
    idleTransactionMs: timeoutMs,
    peerLostSeconds: { type: 'integer', minimum: 1, maximum: 3_600 },
    answerBytesMax: { type: 'integer', minimum: 65_536, maximum: 1_073_741_824 },
    rowsMax: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    tls: {
      type: 'object',
      properties: { ca: text, caFile: text, cert: text, certFile: text, key: text, keyFile: text, serverName: text },
      dependentRequired: { cert: ['key'], key: ['cert'], certFile: ['keyFile'], keyFile: ['certFile'] },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};
