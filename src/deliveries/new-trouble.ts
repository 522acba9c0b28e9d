/** Keeps trouble that lasts from being told at each try. */

import { SourceError } from '../adapter-kit/source-error.ts';

/** That the database is away is told by its own observer; the same trouble again is not told again. */
export function createNewTrouble(tell: (error: unknown) => void): (error: unknown) => void {
  let told: string | undefined;
  return (error) => {
    if (error instanceof SourceError && error.kind === 'unavailable') return;
    if (told === String(error)) return;
    told = String(error);
    tell(error);
  };
}
