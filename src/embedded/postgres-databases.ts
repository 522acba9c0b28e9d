/** Gives each user of the embedded PostgreSQL a database and a role of its own, so that none reaches another's data. */

import { createHmac } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { EmbeddedError } from './embedded-error.ts';

export interface Databases {
  /** Creates the database and its owner if absent; idempotent. Throws EmbeddedError if the name cannot be used. */
  create(name: string): Promise<void>;
  /** postgres:// URL as the database's owner. Throws EmbeddedError if the name cannot be used. */
  url(name: string): string;
}

const administrator = 'postgres';
const databaseName = /^[a-z][a-z0-9_]{0,62}$/;
const reserved = /^(postgres$|template[01]$|pg_)/;
/** Of a server that has just started, on a machine that may be busy with other starts. */
const connectTimeoutMs = 60_000;
const statementTimeoutMs = 60_000;

/** `secret` is 32 bytes; the passwords are made from it. */
export function createDatabases(port: number, secret: Uint8Array): Databases {
  // One at a time: PostgreSQL refuses to copy its template for two at once.
  let last: Promise<unknown> = Promise.resolve();

  // Without TLS, whatever PGSSLMODE says about other servers: nothing leaves the machine.
  const urlOf = (role: string, database: string) =>
    `postgres://${role}:${passwordOf(role, secret)}@127.0.0.1:${port}/${database}?sslmode=disable`;

  async function createNow(name: string): Promise<void> {
    const client = new Client({
      connectionString: urlOf(administrator, administrator),
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: statementTimeoutMs,
    });
    // A server that ends under us rejects the query; the event says the same once more.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await createWith(client, checked(name), passwordOf(name, secret));
    } catch (error) {
      throw new EmbeddedError(
        (error as { code?: string }).code === '28P01'
          ? 'The embedded PostgreSQL was made with another password: restore keys/postgres.key'
          : `The embedded PostgreSQL could not make its database ${name}: ${(error as Error).message}; look into its own log, then start again`,
        error,
      );
    } finally {
      await client.end();
    }
  }

  return {
    create: (name) => {
      const created = last.then(() => createNow(checked(name)));
      last = created.catch(() => undefined);
      return created;
    },
    url: (name) => urlOf(checked(name), name),
  };
}

/** To make the cluster with. */
export function administratorPassword(secret: Uint8Array): string {
  return passwordOf(administrator, secret);
}

/** Of each role, the administrator's too, from its name: nothing but the one secret has to be kept. */
function passwordOf(role: string, secret: Uint8Array): string {
  return createHmac('sha256', secret).update(`postgres role ${role}`).digest('base64url');
}

function checked(name: string): string {
  if (databaseName.test(name) && !reserved.test(name)) return name;
  throw new EmbeddedError(
    `"${name}" cannot be the name of a database: small letters, digits and _, at most 63, no reserved name`,
  );
}

/** Each step can be repeated, so that a creation that was cut short is completed by the next. */
async function createWith(client: Client, name: string, password: string): Promise<void> {
  const identifier = escapeIdentifier(name);
  const roles = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  await client.query(
    `${roles.rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${identifier} LOGIN PASSWORD ${escapeLiteral(password)}`,
  );
  const databases = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (databases.rowCount === 0) await client.query(`CREATE DATABASE ${identifier} OWNER ${identifier}`);
  await client.query(`REVOKE ALL ON DATABASE ${identifier} FROM PUBLIC`);
}
