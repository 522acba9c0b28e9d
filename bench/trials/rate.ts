/** Two servers at the same requests a second, a share of the most that the first answered just before: how late answers come then. */

import type { TrialPlan } from '../scenario.ts';
import { watchSources } from './load.ts';
import { loadFigure, type OpenTrial } from './trial.ts';

export const openRateTrial: OpenTrial<Extract<TrialPlan, { kind: 'rate' }>> = async (stack, stage, plan) => {
  const reference = await stage.server(stack, plan.reference);
  const own = await stage.server(stack, plan.own);
  let rate = 0;
  return {
    async begin(seconds) {
      const { perSecond } = await loadFigure(stage, own, seconds);
      rate = Math.max(1, Math.floor(perSecond * plan.share));
    },
    own: (seconds) => loadFigure(stage, own, seconds, rate),
    reference: (seconds) => loadFigure(stage, reference, seconds, rate),
    check: await watchSources(own),
  };
};
