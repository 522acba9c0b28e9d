/** What a source tells of its registry where a call is traced, by OpenTelemetry's conventions for clients: no path, query, statement or value. */

import type { SqlDialect } from './sql-driver.ts';

export type CallAttributes = Readonly<Record<string, string | number>>;

/** @param origin `https://host[:port]` */
export function httpAttributes(origin: string, method: string): CallAttributes {
  const { hostname, port, protocol } = new URL(origin);
  return {
    'http.request.method': method,
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    'url.scheme': protocol.slice(0, -1),
  };
}

export function sqlAttributes({ hostname, port, pathname }: URL, dialect: SqlDialect): CallAttributes {
  return {
    'db.system.name': dialect === 'postgres' ? 'postgresql' : 'mariadb',
    'db.namespace': decodeURIComponent(pathname.slice(1)),
    'server.address': hostname,
    ...(port === '' ? {} : { 'server.port': Number(port) }),
  };
}
