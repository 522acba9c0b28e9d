/** The little that this folder asks of a logger, so that pino fits and nothing here depends on it. */

export interface Log {
  info(object: object, message: string): void;
  warn(object: object, message: string): void;
  error(object: object, message: string): void;
}
