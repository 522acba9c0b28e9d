/** Gauges that are read where their truth is, at each scrape: registries, the disk. */

import { statfs } from 'node:fs/promises';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { RegistryUse } from '../exchange/registry-reports.ts';
import { createDurationTally } from './duration-tally.ts';
import type { RegistryCallObserver } from './registry-watch.ts';

export interface WatchedSources {
  readonly registries?: () => ReadonlyMap<string, RegistryUse>;
  readonly dataFolder?: string;
}

export interface SecondAttemptObserver {
  /** A query was asked once more, or would have been. */
  secondAttempt(registry: string, kind: string, outcome: string): void;
}

const callBoundsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createWatchedMetrics(
  registers: Registry[],
  sources: WatchedSources,
): RegistryCallObserver & SecondAttemptObserver {
  observeRegistries(registers, sources);
  observeDisk(registers, sources);
  const calls = registers.map((registry) =>
    createDurationTally(registry, {
      name: 'lienthong_registry_duration_seconds',
      help: 'Duration of calls to a registry, deliveries included',
      label: 'registry',
      boundsSeconds: callBoundsSeconds,
    }),
  );
  const failures = new Counter({
    name: 'lienthong_registry_failures_total',
    help: 'Calls that a registry did not answer as it should, by problem code',
    labelNames: ['registry', 'code'],
    registers,
  });
  const seconds = new Counter({
    name: 'lienthong_registry_second_attempts_total',
    help: 'Retries and hedges of queries, by outcome: answered, failed, given-up or withheld',
    labelNames: ['registry', 'kind', 'outcome'],
    registers,
  });
  return {
    secondAttempt: (registry, kind, outcome) => seconds.inc({ registry, kind, outcome }),
    registryCalled(registry, durationMs) {
      for (const durations of calls) durations.add(registry, durationMs / 1000);
    },
    registryFailed: (registry, code) => failures.inc({ registry, code }),
  };
}

function observeRegistries(registers: Registry[], { registries }: WatchedSources): void {
  const gauge = (name: string, help: string, read: (use: RegistryUse) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['registry'],
      registers,
      collect() {
        for (const [registry, use] of registries?.() ?? []) this.set({ registry }, read(use));
      },
    });
  gauge('lienthong_registry_in_flight', 'Calls that a registry works on', ({ inFlight }) => inFlight);
  gauge('lienthong_registry_queued', 'Calls that wait for their turn at a registry', ({ queued }) => queued);
}

function observeDisk(registers: Registry[], { dataFolder }: WatchedSources): void {
  const gauge = (name: string, help: string, read: (blocks: { bavail: number; blocks: number }) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        if (dataFolder === undefined) return;
        const found = await statfs(dataFolder);
        this.set(found.bsize * read(found));
      },
    });
  gauge('lienthong_disk_free_bytes', 'Free on the disk of the data folder', ({ bavail }) => bavail);
  gauge('lienthong_disk_size_bytes', 'Size of the disk of the data folder', ({ blocks }) => blocks);
}
