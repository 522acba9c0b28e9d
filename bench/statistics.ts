/** The little statistics that a benchmark of a few rounds needs: middle and extremes, no assumption about what lies between. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Throws RangeError where there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: median(sorted), min: percentile(sorted, 0), max: percentile(sorted, 100) };
}

/** The middle value, or the mean of the two in the middle. Throws RangeError where there are no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('there is no median of nothing');
  return (lower + upper) / 2;
}

/** Nearest rank: the least value that `percent` of all values do not exceed. `sorted` ascends. Throws RangeError where it is empty. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.ceil((percent / 100) * sorted.length);
  const value = sorted[Math.max(rank - 1, 0)];
  if (value === undefined) throw new RangeError('there is no percentile of nothing');
  return value;
}
