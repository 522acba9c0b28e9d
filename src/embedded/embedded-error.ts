/** The failure of something that the gateway stands up by itself; the message is for the operator and says how to mend it. */

/** Ends the start of the gateway; never reaches a caller. */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** The code of a Node system error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
