/** What publishing needs of the witnesses: the port between the log and those who ask them. */

import type { SignedHead } from './heads.ts';
import type { Hash } from './tree/hash.ts';

export interface CosigningPolicy {
  /** Cosignatures that a checkpoint should have. */
  readonly wanted: number;
  /** With fewer: publish all the same, or keep the newest checkpoint that has enough. */
  readonly without: 'warn' | 'refuse';
  /** After which, under `refuse`, nothing more is recorded until witnesses cosign again, milliseconds. */
  readonly graceMs: number;
}

export interface Cosigning extends CosigningPolicy {
  /** True from the moment at which a witness says that the log was rolled back or rewritten until it cosigns again. */
  readonly isDisputed: boolean;
  /**
   * Asks the witnesses that have not cosigned this head yet and are due. Resolves within the time-out, with all
   * cosignatures that there are for it by then, checked; never rejects. Every entry of the head must be durable.
   *
   * @param proveFrom makes the consistency proof from an older size to the head.
   * @param isLast no time for witnesses that failed before.
   */
  cosign(head: SignedHead, proveFrom: (oldSize: number) => Promise<Hash[]>, isLast: boolean): Promise<Cosigned>;
  /** Takes over the cosignatures of a checkpoint from before a restart; how many hold. */
  recall(checkpoint: SignedHead): number;
  /** Time until there is a witness to ask for that head, milliseconds; undefined where it has, or needs, no more. */
  againInMs(head: SignedHead): number | undefined;
  /** Lets go of every witness at once. */
  end(): void;
}

export interface Cosigned {
  /** The head with its cosignatures. */
  readonly note: string;
  readonly cosignatures: number;
}
