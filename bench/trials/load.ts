/** Two servers, each under as much load as it takes. */

import { textOf } from '../answers.ts';
import { type ServerKind, servers } from '../measured-servers.ts';
import type { Server } from '../open-server.ts';
import type { TrialPlan } from '../scenario.ts';
import { commitIn, demandSources, sourcesIn, sourcesSince } from '../sources.ts';
import type { Stage } from '../stage.ts';
import { loadFigure, type OpenTrial } from './trial.ts';

export const openLoadTrial: OpenTrial<Extract<TrialPlan, { kind: 'load' }>> = async (stack, stage, plan) => {
  const reference = await stage.server(stack, plan.reference);
  const own = await stage.server(stack, plan.own);
  const kept = await keepConnections(stack, stage, own);
  const watched = [await watchSources(own), await watchSources(reference)];
  return {
    own: (seconds) => loadFigure(stage, own, seconds),
    reference: (seconds) => loadFigure(stage, reference, seconds),
    async check() {
      await kept.check();
      for (const checkSources of watched) await checkSources();
    },
    notes: async () => [...(await commitsOf(own)), ...(await commitsOf(reference))],
  };
};

/** What it returns throws Error where a gateway's answers since then did not come from where they should. */
export async function watchSources({ name, url }: Server): Promise<() => Promise<void>> {
  const kind: ServerKind = servers[name];
  if (kind.kind !== 'gateway') return async () => undefined;
  const read = async () => sourcesIn(await textOf(`${url}/metrics`));
  const before = await read();
  return async () => demandSources(name, kind.answersFrom, sourcesSince(before, await read()));
}

async function keepConnections(stack: AsyncDisposableStack, stage: Stage, { name, plan }: Server) {
  const kind: ServerKind = servers[name];
  const wanted = kind.kind === 'gateway' ? (kind.keptConnections ?? 0) : 0;
  if (wanted === 0) return { check: async () => undefined };
  stack.defer(() => stage.generator.ask('release'));
  await stage.generate('keep', { ...plan, connections: wanted, seconds: 0 });
  return {
    async check() {
      const kept = await stage.generate<number>('kept');
      if (kept !== wanted) throw new Error(`${name}: of ${wanted} connections ${kept} were kept`);
    },
  };
}

async function commitsOf({ name, url }: Server): Promise<string[]> {
  const kind: ServerKind = servers[name];
  const commit = kind.kind === 'gateway' ? commitIn(await textOf(`${url}/metrics`)) : undefined;
  if (commit === undefined) return [];
  return [`${name}: a commit took ${commit.durationMs.toFixed(2)} ms and held ${commit.entries.toFixed(1)} entries.`];
}
