/** The same question as lines of bulk requests, one request after the other, and as requests of their own. */

import type { BulkPlan, BulkResult } from '../generate-bulk.ts';
import { busyPercent } from '../generate-load.ts';
import type { TrialPlan } from '../scenario.ts';
import { watchSources } from './load.ts';
import { loadFigure, type OpenTrial } from './trial.ts';

export const openBulkTrial: OpenTrial<Extract<TrialPlan, { kind: 'bulk' }>> = async (stack, stage, plan) => {
  const server = await stage.server(stack, plan.own);
  const { connections } = stage.options;
  return {
    reference: (seconds) => loadFigure(stage, server, seconds),
    async own(seconds) {
      const before = await server.cpuMicros();
      const bulk = { ...server.plan, connections, seconds, lines: plan.lines } satisfies BulkPlan;
      const result = await stage.generate<BulkResult>('bulk', bulk);
      const cpuMicros = (await server.cpuMicros()) - before;
      return {
        perSecond: result.messages / result.seconds,
        cpuMicros: cpuMicros / result.messages,
        busyPercent: busyPercent(cpuMicros, result.seconds),
        generatorBusyPercent: result.generatorBusyPercent,
      };
    },
    check: await watchSources(server),
  };
};
