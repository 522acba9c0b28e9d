/** The operational log: the life of the process and its faults, never a request's content; the exchange log is the record. */

import pino, { type Logger } from 'pino';

export type { Logger };

export interface LoggerSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** One JSON line an event, to standard output. */
export function createLogger(settings: LoggerSettings, name: string): Logger {
  return pino({
    name,
    level: settings.level,
    serializers: { error: describeError },
  });
}

/** Errors whose message is written by us or by the runtime; a driver's or a parser's may repeat a row or a message. */
const plainSpoken = new Set(['Problem', 'SourceError', 'TypeError', 'RangeError', 'AssertionError', 'ConfigError']);

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { name: 'not an Error' };
  const { name, message, cause } = error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const frames = error.stack?.split('\n').filter((line) => line.startsWith('    at '));
  return {
    name,
    ...(plainSpoken.has(name) || syscall !== undefined ? { message } : {}),
    code,
    stack: frames?.join('\n'),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
