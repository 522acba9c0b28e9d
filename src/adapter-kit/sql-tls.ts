/** TLS options of an SQL connection, the same for both engines. */

import { credentialsOf } from './http-settings.ts';
import type { SqlSourceSettings } from './sql-settings.ts';

export interface SqlTlsOptions {
  readonly rejectUnauthorized: true;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** Undefined where the settings ask for none. Throws SourceError where a file cannot be read. */
export function tlsOptionsOf({ tls }: Pick<SqlSourceSettings, 'tls'>): SqlTlsOptions | undefined {
  if (tls === undefined) return undefined;
  const { ca, cert, key } = credentialsOf(tls);
  return {
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
  };
}
