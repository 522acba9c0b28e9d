/** Measures the gateway against what could be faster still, on one core each: see README.md. */

import { writeFile } from 'node:fs/promises';
import { type BenchOptions, parseArguments, UsageError, usage } from './arguments.ts';
import { describeMachine, type Machine } from './machine.ts';
import { measure } from './measure.ts';
import { pinThisProcess } from './pinning.ts';
import { renderTables, resultsOf } from './report.ts';
import { openStage } from './stage.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const exitCodes = { failed: 1, usage: 2, interrupted: 130 };

async function bench(options: BenchOptions, signal: AbortSignal): Promise<void> {
  const pinning = pinThisProcess();
  if (pinning.unpinned !== undefined) console.log(`Nothing is pinned to a core: ${pinning.unpinned}.`);
  // Awaited at the end of the block, however it ends: servers first, then PostgreSQL, then files.
  await using stack = new AsyncDisposableStack();
  const folder = await makeTemporaryFolder(stack, options.dataFolder);
  console.log('Starting PostgreSQL and the servers …');
  const stage = await openStage(stack, { options, serverCore: pinning.serverCore, folder, signal });
  const machine = await describeMachine(folder, pinning.unpinned === undefined, stage.postgresVersion);
  const samples = await measure(stage, options, (line) => console.log(line));
  const results = resultsOf(samples, options, machine);
  const commits = await stage.commits();
  console.log(`\n${[renderTables(results), ...commits, machineText(machine, options)].join('\n\n')}`);
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, `${JSON.stringify(results, null, 2)}\n`);
}

function machineText(machine: Machine, { connections }: BenchOptions): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.pinned ? 'server pinned to one of its own' : 'nothing pinned'}`,
    `${connections} connections, 16 KiB and fdatasync ${machine.syncMs.toFixed(2)} ms, load before ${machine.loadBefore.toFixed(1)}`,
    versions.join(', '),
  ].join('\n');
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(exitCodes.interrupted);
    console.error('Stopping …');
    stopping.abort(new Error(`stopped by ${signal}`));
  });
}

try {
  await bench(parseArguments(process.argv.slice(2)), stopping.signal);
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
  process.exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
}
if (stopping.signal.aborted) process.exitCode = exitCodes.interrupted;
