/** Compares dates of birth of which either side may know only the year or the month. */

export type DateLevel = 'exact' | 'compatible' | 'none';

interface KnownDate {
  /** YYYY, YYYY-MM or YYYY-MM-DD. */
  readonly value: string;
}

/** `compatible`: one date is coarser than the other and contains it. */
export function matchDate({ value: claimed }: KnownDate, { value: registered }: KnownDate): DateLevel {
  if (claimed === registered) return 'exact';
  return claimed.startsWith(`${registered}-`) || registered.startsWith(`${claimed}-`) ? 'compatible' : 'none';
}
