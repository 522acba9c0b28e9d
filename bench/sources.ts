/** Asks the gateway itself where its answers came from, so that a scenario cannot measure something else than it says. */

import type { GatewayKind } from './measured-servers.ts';

/** Answers by source: `registry`, `cache`, `stale`. */
export type Sources = Readonly<Record<string, number>>;

/** Reads Prometheus text exposition. */
export function sourcesIn(metrics: string): Sources {
  const sources: Record<string, number> = {};
  for (const [, labels = '', count] of metrics.matchAll(/^lienthong_exchanges_total\{([^}]*)\} (\d+)$/gm)) {
    const [, source] = /source="([^"]*)"/.exec(labels) ?? [];
    if (!labels.includes('outcome="ok"') || source === undefined) continue;
    sources[source] = (sources[source] ?? 0) + Number(count);
  }
  return sources;
}

/** Those between two readings. */
export function sourcesSince(before: Sources, after: Sources): Sources {
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]));
}

/**
 * Once a minute a kept answer grows old, and all who ask at that moment wait for the registry together; and who is asked
 * about first in a round may be the one whose answer was kept last in the round before.
 */
const shareMin = 0.95;

/** Throws Error where a server's answers did not come from where they should. */
export function demandSources(server: string, answersFrom: GatewayKind['answersFrom'], sources: Sources): void {
  const all = Object.values(sources).reduce((sum, count) => sum + count, 0);
  if (all > 0 && (sources[answersFrom] ?? 0) / all >= shareMin) return;
  throw new Error(`${server}: the answers came from ${JSON.stringify(sources)}`);
}

/** Of the exchange log: how long a commit took and how many entries it held, on average. Undefined where there was none. */
export function commitIn(metrics: string): { readonly durationMs: number; readonly entries: number } | undefined {
  const value = (name: string) =>
    Number(new RegExp(`^lienthong_log_commit_${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? 0);
  const commits = value('duration_seconds_count');
  if (commits === 0) return undefined;
  return { durationMs: (value('duration_seconds_sum') * 1000) / commits, entries: value('entries_sum') / commits };
}
