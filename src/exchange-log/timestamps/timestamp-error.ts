/** Says why a timestamp was not accepted; the words are ours, never those of the authority. */

export class TimestampError extends Error {
  override readonly name = 'TimestampError';
}

/** Throws TimestampError unless the condition holds. */
export function demandStamp(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TimestampError(message);
}
