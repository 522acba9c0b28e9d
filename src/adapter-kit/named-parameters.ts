/** Turns `:pin` in a statement into the placeholders of its engine, so that .sql files read well and values never meet SQL text. */

import type { SqlDialect, SqlStatement } from './sql-driver.ts';

/**
 * Compiles a statement. A parameter is a colon and a name; strings, quoted identifiers, comments, dollar-quoted text and
 * `::` casts are left alone. Throws TypeError where the text holds a placeholder of the engine's own.
 */
export function compileStatement(name: string, sql: string, dialect: SqlDialect): SqlStatement {
  const parameters: string[] = [];
  const text = sql.replace(tokens[dialect], (token) => {
    if (isPlaceholder(token)) throw new TypeError(`${name}.sql: use named parameters such as :pin, not ${token}`);
    if (!token.startsWith(':') || token.startsWith('::')) return token;
    return placeholder(parameters, token.slice(1), dialect);
  });
  return { name, text: text.trim().replace(/;$/, ''), parameters };
}

/** What must be told apart, longest first. A comment of PostgreSQL may hold another one: two levels are known here. */
const common = [
  /--[^\n]*/,
  /\/\*(?:[^*/]|\*(?!\/)|\/(?!\*)|\/\*[\s\S]*?\*\/)*\*\//,
  /"(?:[^"]|"")*"/,
  /::/,
  /:[A-Za-z_][A-Za-z0-9_]*/,
];

const tokens: Readonly<Record<SqlDialect, RegExp>> = {
  postgres: union([
    /\b[eE]'(?:[^'\\]|''|\\[\s\S])*'/,
    /'(?:[^']|'')*'/,
    /\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$/,
    ...common,
    /\$\d+/,
  ]),
  mariadb: union([/'(?:[^'\\]|''|\\[\s\S])*'/, /`[^`]*`/, /#[^\n]*/, ...common, /\?/]),
};

function union(parts: readonly RegExp[]): RegExp {
  return new RegExp(parts.map(({ source }) => source).join('|'), 'g');
}

function isPlaceholder(token: string): boolean {
  return token === '?' || /^\$\d+$/.test(token);
}

/** PostgreSQL numbers its parameters, so a repeated name is one; MariaDB's are by place. */
function placeholder(parameters: string[], name: string, dialect: SqlDialect): string {
  if (dialect === 'mariadb') {
    parameters.push(name);
    return '?';
  }
  const known = parameters.indexOf(name);
  return `$${known === -1 ? parameters.push(name) : known + 1}`;
}
