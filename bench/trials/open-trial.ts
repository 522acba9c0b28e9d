/** Opens what a scenario is measured with. */

import type { TrialPlan } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { openBulkTrial } from './bulk.ts';
import { openFloodTrial } from './flood.ts';
import { openLoadTrial } from './load.ts';
import { openLogGrowthTrial } from './log-growth.ts';
import { openPushTrial } from './push.ts';
import { openRateTrial } from './rate.ts';
import { openRecordTrial } from './record.ts';
import type { Trial } from './trial.ts';

/** The stack closes what is the scenario's alone. Throws Unavailable. */
export function openTrial(stack: AsyncDisposableStack, stage: Stage, plan: TrialPlan): Promise<Trial> {
  switch (plan.kind) {
    case 'load':
      return openLoadTrial(stack, stage, plan);
    case 'rate':
      return openRateTrial(stack, stage, plan);
    case 'flood':
      return openFloodTrial(stack, stage, plan);
    case 'bulk':
      return openBulkTrial(stack, stage, plan);
    case 'push':
      return openPushTrial(stack, stage, plan);
    case 'record':
      return openRecordTrial(stack, stage, plan);
    case 'log-growth':
      return openLogGrowthTrial(stack, stage, plan);
  }
}
