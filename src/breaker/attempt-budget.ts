/** Keeps second attempts at a registry to a share of its calls: when it is in trouble, retries of everything would finish it off. */

export interface AttemptBudgetSettings {
  /** Second attempts for each hundred calls to a registry, retries and hedges together, percent. */
  readonly percentMax: number;
  /** Second attempts that may follow at once after calls that needed none. */
  readonly burst: number;
}

export interface AttemptBudget {
  /** A call begins. */
  earn(registry: string): void;
  /** True where a second attempt may be made, which is then counted. */
  spend(registry: string): boolean;
}

/** A bucket for each registry, which calls fill and second attempts empty: no clock, and no window whose end could be waited for. */
export function createAttemptBudget({ percentMax, burst }: AttemptBudgetSettings): AttemptBudget {
  const hundredthsMax = burst * 100;
  const hundredths = new Map<string, number>();
  const left = (registry: string) => hundredths.get(registry) ?? hundredthsMax;
  return {
    earn(registry) {
      hundredths.set(registry, Math.min(hundredthsMax, left(registry) + percentMax));
    },
    spend(registry) {
      const rest = left(registry) - 100;
      if (rest < 0) return false;
      hundredths.set(registry, rest);
      return true;
    },
  };
}
