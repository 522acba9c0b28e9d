/** The exchange log alone, against nothing but appending and syncing the same bytes, commits of the size that the log made. */

import path from 'node:path';
import { startChild } from '../child.ts';
import type { TrialPlan } from '../scenario.ts';
import type { RawAppendRequest, RawAppendResult, RecordResult } from '../servers/log.ts';
import type { Figure, OpenTrial, Trial } from './trial.ts';

const module = new URL('../servers/log.ts', import.meta.url);

export const openRecordTrial: OpenTrial<Extract<TrialPlan, { kind: 'record' }>> = async (stack, stage, plan) => {
  const log = stack.use(startChild({ name: 'log', module, core: stage.bothCores }));
  const folder = stage.newFolder('record');
  await log.ask('open', folder);
  let commitEntries = plan.inFlight;
  const own: Trial['own'] = async (seconds) => {
    stage.signal.throwIfAborted();
    const result = await log.ask<RecordResult>('record', { seconds, inFlight: plan.inFlight });
    commitEntries = result.commitEntries;
    return recordFigure(result);
  };
  return {
    // Raw commits have the size of the log's own.
    begin: async (seconds) => void (await own(seconds)),
    own,
    async reference(seconds) {
      stage.signal.throwIfAborted();
      const request = { file: `${path.resolve(folder)}.raw`, batchEntries: Math.round(commitEntries), seconds };
      const result = await log.ask<RawAppendResult>('appendRaw', request satisfies RawAppendRequest);
      return { perSecond: result.entries / result.seconds, cpuMicros: result.cpuMicros / result.entries };
    },
  };
};

export function recordFigure({ entries, seconds, cpuMicros, threadCpuMicros, commitEntries }: RecordResult): Figure {
  return {
    perSecond: entries / seconds,
    cpuMicros: cpuMicros / entries,
    more: { threadCpuMicros: threadCpuMicros / entries, commitEntries },
  };
}
