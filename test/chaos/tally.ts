/** Every request of a chaos run and what became of it, and what that says about a span of time. */

import type { Asked } from './agreements.ts';

export type Group = Asked['registry'] | 'pushes';

export const groups: readonly Group[] = ['population', 'judicial', 'social-affairs', 'pushes'];

export interface Sample {
  readonly group: Group;
  readonly sentMs: number;
  readonly answeredMs: number;
  /** `ok`, `stale`, the problem's code, or `no-answer`. */
  readonly outcome: string;
  /** Right now from its registry or, of a push, accepted: says that everything it needs works. */
  readonly isFresh: boolean;
  readonly status?: number;
  readonly exchangeId?: string;
  readonly wrong?: string;
}

export const noAnswer = 'no-answer';

/** Answered, and by nothing old. */
export const isTimely = ({ outcome }: Sample): boolean => outcome === 'ok';

/** How many of each outcome, the most frequent first. */
export function outcomesOf(samples: readonly Sample[]): [outcome: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { outcome } of samples) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** Of what was answered; undefined where nothing was. */
export function p99Ms(samples: readonly Sample[]): number | undefined {
  const times = samples.filter(({ outcome }) => outcome !== noAnswer).map((one) => one.answeredMs - one.sentMs);
  return quantile(times, 0.99);
}

/** Nearest rank; undefined where there is nothing. */
export function quantile(values: readonly number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1];
}

/** Fresh answers of the group in a row up to now, to requests that were sent since then; kept answers say nothing. */
export function freshInARow(samples: readonly Sample[], group: Group, sinceMs: number): number {
  let count = 0;
  for (let at = samples.length - 1; at >= 0; at -= 1) {
    const one = samples[at] as Sample;
    if (one.answeredMs < sinceMs) break;
    if (one.group !== group || one.sentMs < sinceMs) continue;
    if (!isTimely(one)) break;
    if (one.isFresh) count += 1;
  }
  return count;
}
