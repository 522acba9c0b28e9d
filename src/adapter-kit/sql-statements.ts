/** Reads an adapter's .sql files once and gives their named parameters values. */

import { readdirSync, readFileSync } from 'node:fs';
import { compileStatement } from './named-parameters.ts';
import type { SqlDialect, SqlStatement, SqlValue } from './sql-driver.ts';

/** Not a statement to call: what creates the sample tables. */
const schemaFile = 'schema.sql';

/** The .sql files of the folder by name. Throws TypeError where one has a placeholder other than `:name`. */
export function readStatements(folder: URL, dialect: SqlDialect): ReadonlyMap<string, SqlStatement> {
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
export function valuesOf(statement: SqlStatement, parameters: Readonly<Record<string, SqlValue>>): SqlValue[] {
  const surplus = Object.keys(parameters).find((name) => !statement.parameters.includes(name));
  if (surplus !== undefined) throw new TypeError(`${statement.name}.sql has no parameter :${surplus}`);
  return statement.parameters.map((name) => {
    const value = parameters[name];
    if (value === undefined) throw new TypeError(`${statement.name}.sql needs a value for :${name}`);
    return value;
  });
}
