/** Measures the gateway against the least that could do the same, and says what of the aims is reached: see README.md. */

import { writeFile } from 'node:fs/promises';
import { type BenchOptions, benchOptions, benchOptionsOf } from './bench-options.ts';
import { chartOf } from './chart.ts';
import { type Place, runCommand } from './command.ts';
import { describeMachine, type Machine, versionsOf } from './machine.ts';
import { measure, type Round } from './measure.ts';
import { ratioOf } from './ratios.ts';
import { renderTables, resultsOf, spreadText } from './report.ts';
import type { Scenario } from './scenario.ts';
import { type ScenarioName, scenarios } from './scenarios.ts';
import { openStage, type Stage } from './stage.ts';
import { openTrial } from './trials/open-trial.ts';
import { Unavailable } from './unavailable.ts';

await runCommand({ name: 'npm run bench --', options: benchOptions }, benchOptionsOf, bench);

async function bench(options: BenchOptions, place: Place): Promise<void> {
  const machine = await describeMachine(place.folder, place.isPinned);
  const stage = openStage(place, options);
  const rounds: Round[] = [];
  const notes: string[] = [];
  const leftOut: Partial<Record<ScenarioName, string>> = {};
  for (const name of options.scenarios) {
    try {
      const measured = await measureScenario(stage, name);
      rounds.push(...measured.rounds);
      notes.push(...measured.notes);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      leftOut[name] = error.message;
      console.log(`${name}: left out, ${error.message}`);
    }
  }
  const versions = { ...(await versionsOf()), ...stage.versions() };
  const results = resultsOf(rounds, options, { leftOut, machine, versions });
  console.log(`\n${[renderTables(results), ...new Set(notes), machineText(machine, versions, options)].join('\n\n')}`);
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, `${JSON.stringify(results, null, 2)}\n`);
  if (options.chartFile !== undefined) await writeFile(options.chartFile, chartOf(results.spreads));
}

async function measureScenario(
  stage: Stage,
  name: ScenarioName,
): Promise<{ readonly rounds: readonly Round[]; readonly notes: readonly string[] }> {
  const scenario: Scenario = scenarios[name];
  console.log(`${name}: ${scenario.title}, to ${scenario.reference} …`);
  await using stack = new AsyncDisposableStack();
  const trial = await openTrial(stack, stage, scenario.trial);
  const rounds = await measure(name, trial, stage.options);
  console.log(`  ${spreadText(ratioOf(scenario, rounds), 2)}`);
  return { rounds, notes: (await trial.notes?.()) ?? [] };
}

function machineText(
  machine: Machine,
  versions: Readonly<Record<string, string>>,
  { connections, rounds, seconds }: BenchOptions,
): string {
  const { cpu, cores, pinned, syncMs, loadBefore } = machine;
  return [
    `${cpu}, ${cores} cores, ${pinned ? 'server pinned to one of its own' : 'nothing pinned'}`,
    `${rounds} rounds of ${seconds} s, ${connections} connections, 16 KiB and fdatasync ${syncMs.toFixed(2)} ms, load before ${loadBefore.toFixed(1)}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ].join('\n');
}
