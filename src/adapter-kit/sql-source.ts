/** A registry that is an SQL database: statements in .sql files, values by name, bounded pool and queue, failures of four kinds only. */

import { readdirSync, readFileSync } from 'node:fs';
import { openMariaDb } from './mariadb.ts';
import { compileStatement } from './named-parameters.ts';
import { openPostgres } from './postgres.ts';
import { SourceError } from './source-error.ts';
import { createCall } from './sql-call.ts';
import type { SqlDialect, SqlDriver, SqlRow, SqlStatement, SqlValue } from './sql-driver.ts';
import { queueMaxDefault, type SqlSourceSettings } from './sql-settings.ts';
import { createSlots } from './sql-slots.ts';

export type { SqlRow, SqlValue } from './sql-driver.ts';
export { type SqlSourceSettings, sqlSourceSettingsSchema } from './sql-settings.ts';

export interface SqlSource {
  /**
   * Runs the statement of `{name}.sql` with the values of its named parameters. Throws SourceError; an abort rejects at
   * once and stops the statement on the server. Throws TypeError for a name or a parameter that is not in the files.
   */
  query(name: string, parameters: Readonly<Record<string, SqlValue>>, signal?: AbortSignal): Promise<SqlRow[]>;
  /** Resolves when the database answers. Throws SourceError. */
  check(signal?: AbortSignal): Promise<void>;
  /** Gives up what is under way and closes every connection. A second call waits for the same end. */
  close(): Promise<void>;
}

/** Not a statement to call: what creates the sample tables. */
const schemaFile = 'schema.sql';

/**
 * Reads and compiles the .sql files of the folder; opens no connection yet. Throws SourceError if the settings cannot work,
 * TypeError if a statement has a placeholder other than `:name`.
 */
export function sqlSource(settings: SqlSourceSettings, folder: URL): SqlSource {
  const { server, driver } = openDriver(settings);
  const statements = readStatements(folder, driver.dialect);
  const slots = createSlots(settings.poolMax, settings.queueMax ?? queueMaxDefault, server);
  const call = createCall({ driver, slots, server, cancelTimeoutMs: settings.connectTimeoutMs });
  const underWay = new Set<AbortController>();
  const closed = new SourceError('unavailable', `${server}: the source is closed`);
  let closing: Promise<void> | undefined;

  const run = async (statement: SqlStatement, values: readonly SqlValue[], signal: AbortSignal | undefined) => {
    if (closing !== undefined) throw closed;
    const own = new AbortController();
    const onAbort = () => own.abort(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    underWay.add(own);
    try {
      return await call(statement, values, own.signal);
    } finally {
      underWay.delete(own);
      signal?.removeEventListener('abort', onAbort);
    }
  };

  const close = async () => {
    for (const own of underWay) own.abort(closed);
    await slots.allFree();
    await driver.close();
  };

  return {
    async query(name, parameters, signal) {
      const statement = statements.get(name);
      if (statement === undefined) throw new TypeError(`there is no ${name}.sql in ${folder}`);
      return run(statement, valuesOf(statement, parameters), signal);
    },
    async check(signal) {
      await run(probe, [], signal);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

const probe: SqlStatement = { name: '(check)', text: 'SELECT 1', parameters: [] };

/** The scheme of the URL chooses the engine. `server` is fit for logs: no user, no password. */
function openDriver(settings: SqlSourceSettings): { readonly server: string; readonly driver: SqlDriver } {
  const { url, dialect } = addressOf(settings.url);
  const driver = dialect === 'postgres' ? openPostgres(settings) : openMariaDb(settings);
  return { server: `${url.host}${url.pathname}`, driver };
}

/** Throws SourceError where the URL names no engine that is known. */
export function addressOf(text: string): { readonly url: URL; readonly dialect: SqlDialect } {
  const url = URL.parse(text);
  const dialect = url === null ? undefined : dialects[url.protocol];
  if (url === null || dialect === undefined) {
    throw new SourceError('unavailable', 'the URL of the registry must be postgres://… or mysql://…');
  }
  return { url, dialect };
}

const dialects: Readonly<Record<string, SqlDialect>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mariadb',
  'mariadb:': 'mariadb',
};

function readStatements(folder: URL, dialect: SqlDialect): ReadonlyMap<string, SqlStatement> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql') && file !== schemaFile);
  return new Map(
    files.map((file) => {
      const name = file.slice(0, -'.sql'.length);
      return [name, compileStatement(name, readFileSync(new URL(file, slashed(folder)), 'utf8'), dialect)];
    }),
  );
}

function slashed(folder: URL): URL {
  return folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`);
}

/** Exactly the statement's own parameters: a missing one is a mistake, and so is one too many. */
function valuesOf(statement: SqlStatement, parameters: Readonly<Record<string, SqlValue>>): SqlValue[] {
  const surplus = Object.keys(parameters).find((name) => !statement.parameters.includes(name));
  if (surplus !== undefined) throw new TypeError(`${statement.name}.sql has no parameter :${surplus}`);
  return statement.parameters.map((name) => {
    const value = parameters[name];
    if (value === undefined) throw new TypeError(`${statement.name}.sql needs a value for :${name}`);
    return value;
  });
}
