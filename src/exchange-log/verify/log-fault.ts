/** What is wrong with a log, for its checker: the file, and the place in it. */

export class LogFault extends Error {
  override readonly name = 'LogFault';
  /** As in the log, such as `tile/0/x001/067`. */
  readonly path: string;

  constructor(path: string, message: string, cause?: unknown) {
    super(`${path}: ${message}`, cause === undefined ? undefined : { cause });
    this.path = path;
  }
}
