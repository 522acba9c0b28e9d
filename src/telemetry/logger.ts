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
    serializers: { error: (error: unknown) => describeError(error, 0) },
  });
}

/** Errors whose message is written by us. A driver's may repeat a row, and the runtime's own quote the value they stumbled over. */
const plainSpoken = new Set([
  'Problem',
  'SourceError',
  'AnswerViolations',
  'ConfigError',
  'DiskFailure',
  'WitnessFault',
  'CollectorFault',
  'DeliveryKeyFault',
]);

/** Causes told of one error; a chain may be a circle. */
const causesMax = 8;

function describeError(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return { name: 'not an Error' };
  const { name, message, cause } = error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return {
    name,
    ...(plainSpoken.has(name) || syscall !== undefined ? { message } : {}),
    code,
    stack: framesOf(error),
    ...(cause === undefined || depth === causesMax ? {} : { cause: describeError(cause, depth + 1) }),
  };
}

/** Where the error was thrown, without the message in front, which may look like a frame itself. */
function framesOf({ stack = '', message }: Error): string {
  const at = stack.indexOf(message);
  const behind = at === -1 ? stack : stack.slice(at + message.length);
  const lines = behind.split('\n').filter((line) => line.startsWith('    at '));
  return lines.join('\n');
}
