/** Keeps the durations of the last calls, so many and no more, and tells their quantiles when asked. */

export interface LatencyWindow {
  add(durationMs: number): void;
  /** Undefined where nothing was added; rounded to microseconds. */
  read(): { readonly calls: number; readonly p50Ms: number; readonly p99Ms: number } | undefined;
}

export function createLatencyWindow(callsMax: number): LatencyWindow {
  const durations = new Float64Array(callsMax);
  let added = 0;
  return {
    add(durationMs) {
      durations[added % callsMax] = durationMs;
      added += 1;
    },
    read() {
      const calls = Math.min(added, callsMax);
      if (calls === 0) return undefined;
      const sorted = durations.slice(0, calls).sort();
      return { calls, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
    },
  };
}

/** The smallest that at least this share does not exceed. */
function quantile(sorted: Float64Array, share: number): number {
  const at = Math.ceil(share * sorted.length) - 1;
  return Math.round((sorted[at] ?? 0) * 1000) / 1000;
}
