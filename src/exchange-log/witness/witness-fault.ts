/** Says why a witness gave no cosignature. */

export type WitnessOutcome =
  | 'timeout'
  | 'unreachable'
  /** It does not know this log, does not accept its key, or will not answer. */
  | 'refused'
  /** Somebody else moves it on, faster than it can be asked. */
  | 'conflict'
  /** What it said is no answer to the question. */
  | 'answer-invalid'
  /** It signed something else, or with another key. */
  | 'cosignature-invalid'
  /** It cosigned more entries than this log has. */
  | 'log-rolled-back'
  /** What it cosigned is not the beginning of this log. */
  | 'log-rewritten';

export class WitnessFault extends Error {
  override readonly name = 'WitnessFault';
  readonly outcome: WitnessOutcome;

  constructor(outcome: WitnessOutcome, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.outcome = outcome;
  }

  /** True where the witness contradicts the log: one of the two has lost or changed its history. */
  get isDispute(): boolean {
    return this.outcome === 'log-rolled-back' || this.outcome === 'log-rewritten';
  }
}
