/** Statements for the state database: SQL with named parameters, in files that a database administrator can read. */

import { readFileSync } from 'node:fs';
import { compileStatement } from '../adapter-kit/named-parameters.ts';

/** Text with PostgreSQL's placeholders, and the names of the values in their order. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly string[];
}

/** `name` is for messages. Throws TypeError where the text holds a placeholder other than `:name`. */
export function statement(name: string, sql: string): Statement {
  return compileStatement(name, sql, 'postgres');
}

/** The statement of `{name}.sql` in that folder. */
export function readStatement(folder: URL, name: string): Statement {
  return statement(name, readFileSync(new URL(`${name}.sql`, folder), 'utf8'));
}
