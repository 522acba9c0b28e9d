/** What an operator sets for the state database. */

import type { HttpTlsSettings } from '../adapter-kit/http-settings.ts';
import type { PeerLimits } from '../adapter-kit/postgres-peers.ts';

/** A PostgreSQL, 14 or newer, with a database that belongs to the user of the URL. */
export interface StateAddress {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Present: the connection is encrypted and the server's certificate is checked. */
  readonly tls?: HttpTlsSettings;
}

export interface StateLimits extends PeerLimits {
  /** What is committed survives a crash of the server, whatever its own default is. */
  readonly durable?: boolean;
  /** Connections for questions; whoever writes the index has one more. */
  readonly poolMax: number;
  /** Questions that may wait for a connection; further ones are refused. */
  readonly waitingMax: number;
  readonly connectTimeoutMs: number;
  /** After which the server gives a statement up. */
  readonly statementTimeoutMs: number;
  /** For a change of the schema, and for emptying the index. */
  readonly longStatementTimeoutMs: number;
  /** Pause before it is tried again, which doubles with each failure. */
  readonly retryMs: number;
  readonly retryMsMax: number;
}

export interface StateSettings extends StateLimits {
  readonly database: 'embedded' | StateAddress;
}
