/** Says why a signed note, a checkpoint, a proof file or a key was not accepted. */

/** Malformed: not of the form. Unsigned: no known key signed it. Forged: a known key's signature does not fit. */
export type NoteFault = 'malformed' | 'unsigned' | 'forged';

export class NoteError extends Error {
  override readonly name = 'NoteError';
  readonly fault: NoteFault;
  /** True where others than the known keys signed the note. */
  readonly isOfOtherKeys: boolean;

  constructor(fault: NoteFault, message: string, isOfOtherKeys = false) {
    super(message);
    this.fault = fault;
    this.isOfOtherKeys = isOfOtherKeys;
  }
}

/** Throws NoteError `malformed` unless the condition holds. */
export function demandForm(condition: boolean, message: string): asserts condition {
  if (!condition) throw new NoteError('malformed', message);
}
