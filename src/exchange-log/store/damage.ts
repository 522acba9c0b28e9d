/** The log on disk is not what it must be; the message is for the operator and names file and place. */

/** Ends the start of the gateway: going on would lose or rewrite what was acknowledged. */
export class LogDamage extends Error {
  override readonly name = 'LogDamage';
  readonly file: string;
  /** Byte in the file; undefined where it is the whole file. */
  readonly offset: number | undefined;
  readonly reason: string;

  constructor(file: string, offset: number | undefined, reason: string, cause?: unknown) {
    const place = offset === undefined ? file : `${file}, byte ${offset}`;
    super(`the exchange log is damaged: ${place}: ${reason}`, cause === undefined ? undefined : { cause });
    this.file = file;
    this.offset = offset;
    this.reason = reason;
  }
}
