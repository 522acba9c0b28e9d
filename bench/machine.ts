/** Says on what a run was measured, in words that name no host. */

import { open, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findProjectRoot } from '../src/project-root.ts';
import { spreadOf } from './statistics.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Whether server and load generator had a core each. */
  readonly pinned: boolean;
  /** Processes that ran or waited to run, averaged over the minute before: others' work makes results noisy. */
  readonly loadBefore: number;
  /** Median of appending 16 KiB and fdatasync, on the disk of the exchange log. */
  readonly syncMs: number;
}

export async function describeMachine(folder: string, pinned: boolean): Promise<Machine> {
  const [cpu] = os.cpus();
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: os.cpus().length,
    pinned,
    loadBefore: os.loadavg()[0] ?? 0,
    syncMs: await syncDuration(folder),
  };
}

/** Of Node and the packages that are measured with, by name. */
export async function versionsOf(): Promise<Readonly<Record<string, string>>> {
  const packages = ['fastify', 'pg', 'ioredis', 'autocannon'];
  const versions = packages.map(async (name) => [name, await versionOf(name)] as const);
  return { node: process.versions.node, ...Object.fromEntries(await Promise.all(versions)) };
}

async function versionOf(name: string): Promise<string> {
  const file = path.join(findProjectRoot(), 'node_modules', name, 'package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

const syncs = 50;
const content = Buffer.alloc(16 * 1024, 'x');

async function syncDuration(folder: string): Promise<number> {
  const file = path.join(folder, 'sync');
  const handle = await open(file, 'a');
  const durationsMs: number[] = [];
  try {
    for (let count = 0; count < syncs; count += 1) {
      const startMs = performance.now();
      await handle.write(content);
      await handle.datasync();
      durationsMs.push(performance.now() - startMs);
    }
  } finally {
    await handle.close();
    await rm(file);
  }
  return spreadOf(durationsMs).median;
}
