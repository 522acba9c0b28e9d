/** What a witness remembers is not what it must be; the message is for its operator and names the file. */

/** Ends the start of the witness: going on would let it cosign what contradicts its own cosignatures. */
export class WitnessDamage extends Error {
  override readonly name = 'WitnessDamage';
  readonly file: string;

  constructor(file: string, message: string, cause?: unknown) {
    super(
      `the memory of this witness cannot be used: ${file}: ${message}`,
      cause === undefined ? undefined : { cause },
    );
    this.file = file;
  }
}
