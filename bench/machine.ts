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
  /** Of the software, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

export async function describeMachine(folder: string, pinned: boolean, postgres: string): Promise<Machine> {
  const [cpu] = os.cpus();
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: os.cpus().length,
    pinned,
    loadBefore: os.loadavg()[0] ?? 0,
    syncMs: await syncDuration(folder),
    versions: {
      node: process.versions.node,
      fastify: await versionOf('fastify'),
      pg: await versionOf('pg'),
      postgres,
      autocannon: await versionOf('autocannon'),
    },
  };
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
