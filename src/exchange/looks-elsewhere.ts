/** Records a person's question in every further log of the gateway, too: only an entry there shows how many came before it. */

import { Problem } from '../problems.ts';
import type { LogPosition, LookEntry } from './entries.ts';
import type { OtherLogs } from './log-ports.ts';
import type { Clock, Pseudonyms } from './ports.ts';

/** Seconds: about what a worker takes to be there again. Each try is an entry, too. */
const retryAfterSeconds = 3;

/**
 * Why a person's question cannot be answered as a whole now, known before it is recorded; undefined where it can. An
 * answer without one of the logs would be taken for all there is.
 */
export const lackingLogs = (otherLogs: Pick<OtherLogs, 'silent'>) => async (): Promise<Problem | undefined> => {
  const silent = await otherLogs.silent();
  if (silent.length === 0) return undefined;
  const detail =
    `What writes ${silent.join(', ')} is being started again, and no answer is whole without the entries there. ` +
    'Your question is recorded as refused; nothing was shown.';
  return new Problem('checkpoint-pending', detail, { retryAfterSeconds });
};

export interface LooksElsewhereDependencies {
  readonly otherLogs: Pick<OtherLogs, 'origins' | 'record'>;
  readonly pseudonyms: Pick<Pseudonyms, 'person' | 'official'>;
  readonly clock: Clock;
  /** UUIDv7. */
  readonly makeId: () => string;
}

export interface AskedQuestion {
  /** Exchange-Id of the question, by which each of these entries names it. */
  readonly id: string;
  /** Personal number. */
  readonly person: string;
}

/** One small entry for each log, however much is asked for. Gives where it stands, by origin; throws Problem where one of them cannot take it. */
export const lookElsewhere =
  ({ otherLogs, pseudonyms, clock, makeId }: LooksElsewhereDependencies) =>
  async ({ id: question, person }: AskedQuestion): Promise<ReadonlyMap<string, LogPosition>> => {
    const entry = (): LookEntry => ({
      durationMs: 0,
      filters: { question },
      id: makeId(),
      issue: undefined,
      kind: 'audit',
      look: 'accesses',
      official: pseudonyms.official(person),
      problem: undefined,
      role: 'citizen',
      status: 200,
      subject: pseudonyms.person(person),
      subjectNumber: undefined,
      time: new Date(clock.nowMs()).toISOString(),
    });
    const recorded = otherLogs
      .origins()
      .map(async (origin) => [origin, await otherLogs.record(origin, entry())] as const);
    return new Map(await Promise.all(recorded));
  };
