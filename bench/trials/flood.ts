/** One server under several times the load that it can take, against the most that it answers: what is left of it. */

import type { FloodPlan, FloodResult } from '../generate-flood.ts';
import type { TrialPlan } from '../scenario.ts';
import { watchSources } from './load.ts';
import { loadFigure, type OpenTrial } from './trial.ts';

/** More than the gateway ever takes at once (`overload.inFlightMax`), so that it has to turn some away. */
const connections = 1200;

export const openFloodTrial: OpenTrial<Extract<TrialPlan, { kind: 'flood' }>> = async (stack, stage, plan) => {
  const server = await stage.server(stack, plan.own);
  let most = 0;
  const reference = async (seconds: number) => {
    const figure = await loadFigure(stage, server, seconds);
    most = figure.perSecond;
    return figure;
  };
  return {
    // The first round may begin with the flood.
    begin: async (seconds) => {
      if (most === 0) await reference(seconds);
    },
    reference,
    async own(seconds) {
      const requestsPerSecond = Math.floor(most * plan.times);
      const flood = { ...server.plan, connections, seconds, requestsPerSecond } satisfies FloodPlan;
      const result = await stage.generate<FloodResult>('flood', flood);
      return {
        perSecond: result.servedPerSecond,
        p50Ms: result.servedP50Ms,
        p99Ms: result.servedP99Ms,
        generatorBusyPercent: result.generatorBusyPercent,
        more: {
          offeredPerSecond: result.offeredPerSecond,
          sentPerSecond: result.sentPerSecond,
          turnedAwayPerSecond: result.turnedAwayPerSecond,
          turnedAwayP99Ms: result.turnedAwayP99Ms,
        },
      };
    },
    check: await watchSources(server),
  };
};
