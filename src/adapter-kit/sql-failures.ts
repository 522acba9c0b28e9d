/**
 * Says what went wrong with an SQL registry in the words of SourceError.
 *
 * The server's own words are kept only where they speak of the statement or the connection: others quote values, and so
 * personal data.
 */

import { SourceError, type SourceErrorKind } from './source-error.ts';

/** Turns what a driver threw into a SourceError; `where` names server and statement. */
export function failureOf(where: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const { sqlState, errno, code, message } = partsOf(error);
  if (sqlState === undefined) {
    // A value of the type JSON that is none; its words quote the value.
    if (error instanceof SyntaxError) return new SourceError('answer-invalid', `${where}: a value cannot be read`);
    const mistake = error instanceof TypeError || error instanceof RangeError;
    const isLost = lostConnections.test(code ?? message);
    const told = `${where}: ${code ?? 'connection failed'}`;
    return new SourceError(mistake ? 'failed' : 'unavailable', told, undefined, undefined, isLost);
  }
  const words = speaksOfStatement.test(sqlState) ? `: ${message}` : '';
  const isLost =
    lostSessions.test(sqlState) || stalePlans.test(sqlState) || (errno !== undefined && lostErrnos.has(errno));
  const told = `${where}: SQLSTATE ${sqlState}${words}`;
  return new SourceError(kindOf(sqlState, errno), told, undefined, undefined, isLost);
}

/** A call that its caller has given up. Whatever the reason, no answer came within the time that the caller had. */
export function abortOf(where: string, signal: AbortSignal): SourceError {
  if (signal.reason instanceof SourceError) return signal.reason;
  return new SourceError('timeout', `${where}: the call was given up before the registry had answered`, signal.reason);
}

/** Whether the connection may serve another statement after this failure. */
export function leavesConnectionUsable(error: unknown): boolean {
  const { sqlState, errno } = partsOf(error);
  if (isConflict(error)) return true;
  if (sqlState === undefined || kindOf(sqlState, errno) === 'unavailable') return false;
  return !stalePlans.test(sqlState);
}

/** The table was altered under a prepared statement, which has not run then; only a new connection prepares it anew. */
const stalePlans = /^(?:0A000|26000)$/;

/** Whether the database rolled the transaction back for the sake of another one: a deadlock, or what cannot be put in a row. */
export function isConflict(error: unknown): boolean {
  const { sqlState } = partsOf(error);
  return sqlState !== undefined && conflicts.test(sqlState);
}

/** SQLSTATE classes whose messages name objects and limits: transaction state, access, conflicts, syntax, resources, operator's acts. */
const speaksOfStatement = /^(?:0A|25|26|28|3D|3F|40|42|53|54|57|58|08)/;

/** PostgreSQL, Appendix A: 57014 is query_canceled, 55P03 lock_not_available; 57P0x, 25P03, 25P04 and 08, 28, 3D, 53: no session. */
const timeouts = /^(?:57014|55P03)$/;
const noSession = /^(?:08|25P0[34]|28|3D|53|57P)/;

/** A value that is too long, out of range or of characters that cannot be kept: the message's trouble, not the registry's. */
const dataException = /^22/;

/** Rolled back because of another transaction: deadlock, serialization failure. To be tried again. */
const conflicts = /^40/;

/** Refused, reset or closed by the server; pg says the last in words only. */
const lostConnections =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|PROTOCOL_CONNECTION_LOST|Connection terminated unexpectedly)$/;

/** The server ended the session, is about to, or rolled the transaction back: 57P01 to 57P03 are shutdown, crash and start, 57P05, 25P03 and 25P04 too long a pause. */
const lostSessions = /^(?:08000|08001|08003|08006|08S01|25P0[34]|40|57P0[1235])/;

/** MariaDB: shutdown, killed, idle for too long. */
const lostErrnos = new Set([1053, 1927, 4031]);

/** MariaDB error numbers that SQLSTATE does not tell apart: interrupted, statement time-out, lock wait, shutdown, killed … */
const errnoKinds: Readonly<Record<number, SourceErrorKind>> = {
  1020: 'unavailable',
  1040: 'unavailable',
  1044: 'unavailable',
  1045: 'unavailable',
  1049: 'unavailable',
  1053: 'unavailable',
  1129: 'unavailable',
  1203: 'unavailable',
  1205: 'timeout',
  1226: 'unavailable',
  1317: 'timeout',
  1927: 'unavailable',
  1969: 'timeout',
};

function kindOf(sqlState: string, errno: number | undefined): SourceErrorKind {
  const byNumber = errno === undefined ? undefined : errnoKinds[errno];
  if (byNumber !== undefined) return byNumber;
  if (timeouts.test(sqlState)) return 'timeout';
  if (dataException.test(sqlState)) return 'unstorable';
  return noSession.test(sqlState) || conflicts.test(sqlState) ? 'unavailable' : 'failed';
}

interface ErrorParts {
  readonly sqlState: string | undefined;
  readonly errno: number | undefined;
  readonly code: string | undefined;
  readonly message: string;
}

/** pg puts the SQLSTATE into `code`, next to a `severity`; mysql2 has `sqlState` and `errno`; Node's own errors have a `code`. */
function partsOf(error: unknown): ErrorParts {
  if (!(error instanceof Error)) return { sqlState: undefined, errno: undefined, code: undefined, message: '' };
  const { message } = error;
  const { code, sqlState, errno, severity } = error as {
    code?: unknown;
    sqlState?: unknown;
    errno?: unknown;
    severity?: unknown;
  };
  const named = typeof code === 'string' ? code : undefined;
  if (typeof severity === 'string' && named !== undefined) {
    return { sqlState: named, errno: undefined, code: named, message };
  }
  if (typeof sqlState === 'string' && sqlState !== '') {
    return { sqlState, errno: typeof errno === 'number' ? errno : undefined, code: named, message };
  }
  return { sqlState: undefined, errno: undefined, code: named, message };
}
