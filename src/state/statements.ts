/** Statements for the state database: SQL with named parameters, in files that a database administrator can read. */

import { readFileSync } from 'node:fs';
import { compileStatement } from '../adapter-kit/named-parameters.ts';

/** Text with PostgreSQL's placeholders, and the names of the values in their order. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly string[];
  /** Planned once for each connection, whatever the values are; otherwise for its values each time. */
  readonly isPrepared?: boolean;
}

/** `name` is for messages. Throws TypeError where the text holds a placeholder other than `:name`. */
export function statement(name: string, sql: string): Statement {
  return compileStatement(name, sql, 'postgres');
}

/** The statement of `{name}.sql` in that folder. */
export function readStatement(folder: URL, name: string): Statement {
  return statement(name, readFileSync(new URL(`${name}.sql`, folder), 'utf8'));
}

/** For what runs for every exchange and whose plan is the same for all values: planning would take longer than running. */
export function readPrepared(folder: URL, name: string): Statement {
  return { ...readStatement(folder, name), isPrepared: true };
}
