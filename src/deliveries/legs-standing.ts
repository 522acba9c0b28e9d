/** Names what a push has changed, or may have, whatever becomes of it: in lists, notices and refusals alike. */

import type { PushService } from '../exchange/services.ts';

export interface LegsStanding {
  /** Legs that have taken effect. */
  readonly done: readonly string[];
  /** The leg that a registry may have. */
  readonly inDoubt: string | undefined;
}

/** @param leg ordinal of the leg that is next. */
export function legsStanding(push: PushService | undefined, leg: number, inDoubt: boolean): LegsStanding {
  const names = (push?.legs ?? []).map(({ delivery }) => delivery);
  return { done: names.slice(0, leg), inDoubt: inDoubt ? names[leg] : undefined };
}
