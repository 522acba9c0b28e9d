/** One log after it has grown, against a young one: neither an entry nor a start nor memory may grow along. */

import { type Child, startChild } from '../child.ts';
import type { TrialPlan } from '../scenario.ts';
import type { RecordResult } from '../servers/log.ts';
import type { Stage } from '../stage.ts';
import { recordFigure } from './record.ts';
import type { Figure, OpenTrial } from './trial.ts';

const module = new URL('../servers/log.ts', import.meta.url);
const inFlight = 64;
const growInFlight = 4096;
/** Between two looks at Ctrl-C. */
const growEntries = 100_000;

export const openLogGrowthTrial: OpenTrial<Extract<TrialPlan, { kind: 'log-growth' }>> = async (
  _stack,
  stage,
  { from, to },
) => {
  const [young, grown] = [stage.newFolder('young-log'), stage.newFolder('grown-log')];
  await grow(stage, young, from);
  await grow(stage, grown, to);
  return {
    own: (seconds) => measure(stage, grown, seconds),
    reference: (seconds) => measure(stage, young, seconds),
  };
};

/** With a start of its own, so that it is that of a log of this size. */
async function measure(stage: Stage, folder: string, seconds: number): Promise<Figure> {
  stage.signal.throwIfAborted();
  await using log = start(stage);
  const startMs = await log.ask<number>('open', folder);
  const memoryMiB = (await log.ask<number>('memory')) / 2 ** 20;
  await log.ask<RecordResult>('record', { seconds: Math.min(seconds, 1), inFlight });
  const figure = recordFigure(await log.ask<RecordResult>('record', { seconds, inFlight }));
  return { ...figure, more: { ...figure.more, startMs, memoryMiB } };
}

async function grow(stage: Stage, folder: string, size: number): Promise<void> {
  await using log = start(stage);
  await log.ask('open', folder);
  for (let left = size; left > 0; left -= growEntries) {
    stage.signal.throwIfAborted();
    await log.ask('record', { entries: Math.min(left, growEntries), inFlight: growInFlight });
  }
}

function start({ serverCore: core }: Stage): Child {
  return startChild({ name: 'log', module, core, nodeArguments: ['--expose-gc'] });
}
