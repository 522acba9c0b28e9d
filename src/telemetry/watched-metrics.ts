/** Gauges that are read where their truth is, at each scrape: registries, the disk. */

import { statfs } from 'node:fs/promises';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RegistryUse } from '../exchange/ports.ts';
import type { RegistryCallObserver } from './registry-watch.ts';

export interface WatchedSources {
  readonly registries?: () => ReadonlyMap<string, RegistryUse>;
  readonly dataFolder?: string;
}

const callBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createWatchedMetrics(registers: Registry[], sources: WatchedSources): RegistryCallObserver {
  observeRegistries(registers, sources);
  observeDisk(registers, sources);
  const calls = new Histogram({
    name: 'lienthong_registry_duration_seconds',
    help: 'Duration of calls to a registry, deliveries included',
    labelNames: ['registry'],
    buckets: callBuckets,
    registers,
  });
  const failures = new Counter({
    name: 'lienthong_registry_failures_total',
    help: 'Calls that a registry did not answer as it should, by problem code',
    labelNames: ['registry', 'code'],
    registers,
  });
  return {
    registryCalled: (registry, durationMs) => calls.observe({ registry }, durationMs / 1000),
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
