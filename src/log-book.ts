/** Everything that is answered out of all logs of a data folder, whichever process has them open. */

import type { DataLog } from './data-logs.ts';
import type { LogEntry, LogPosition } from './exchange/entries.ts';
import type { LogFiles, ProvenEntries, Receipts, SealedEvidence, SubjectKeys } from './exchange/log-ports.ts';
import { createFilesOf } from './exchange-log/files-of.ts';
import type { HeldLog } from './held-log.ts';
import { createHeldLogs } from './held-logs.ts';
import { answerSiblings, createSiblingLogs, type SiblingLogsSetup } from './sibling-logs.ts';

export interface LogBook {
  readonly receipts: Receipts;
  readonly evidence: SealedEvidence;
  readonly subjectKeys: SubjectKeys;
  /** Every log of the data folder, the first one first. */
  logs(): readonly DataLog[];
  filesOf(number: number): LogFiles | undefined;
  /** Of every log but the process's own. */
  origins(): readonly string[];
  /** See OtherLogs. */
  silent(): Promise<readonly string[]>;
  /** See OtherLogs. */
  record(origin: string, entry: LogEntry): Promise<LogPosition>;
  /** Undefined for a log that is not of this data folder, or whose process does not answer. */
  prove(origin: string, indexes: readonly number[]): Promise<ProvenEntries | undefined>;
  /** Resolves when what the siblings have on its way about that push is noted, or they do not answer. */
  arrivedElsewhere(exchangeId: string): Promise<unknown>;
  /** False where the index lacks entries that are in one of the logs now. */
  caughtUp(timeoutMs: number): Promise<boolean>;
}

export interface LogBookSetup extends SiblingLogsSetup {
  /** Of this process, its own one first. */
  readonly held: readonly [HeldLog, ...HeldLog[]];
}

export function createLogBook(setup: LogBookSetup): LogBook {
  const { logs, siblings } = setup;
  const here = createHeldLogs(setup.held);
  const there = createSiblingLogs(setup);
  if (siblings !== undefined) answerSiblings(siblings, here, setup.askTimeoutMs);
  const [own] = setup.held;
  const origins = () =>
    logs()
      .map((log) => log.origin)
      .filter((origin) => origin !== own.place.origin);
  const answersFor = (origin: string) => (here.of(origin) === undefined ? there.holds(origin) : Promise.resolve(true));
  return {
    logs,
    filesOf(number) {
      const log = logs().find((one) => one.number === number);
      return log && (here.of(log.origin)?.files ?? createFilesOf(log.folder));
    },
    receipts: {
      find: async (id, by) => (await here.find(id, by)) ?? there.find(id, by),
      prove: async (recorded) => here.receiptOf(recorded) ?? there.receiptOf(recorded),
    },
    evidence: {
      async read(recorded) {
        const log = here.of(recorded.log);
        return log === undefined ? there.evidenceOf(recorded) : log.evidences?.read(recorded);
      },
    },
    subjectKeys: {
      async erase(subjects) {
        await here.erase(subjects);
        await there.erase(subjects);
      },
    },
    origins,
    async silent() {
      const answering = await Promise.all(origins().map(async (origin) => [origin, await answersFor(origin)] as const));
      return answering.filter(([, answers]) => !answers).map(([origin]) => origin);
    },
    record: async (origin, entry) => (await here.record(origin, entry)) ?? there.record(origin, entry),
    prove: async (origin, indexes) => (here.of(origin) === undefined ? there : here).prove(origin, indexes),
    arrivedElsewhere: there.arrived,
    async caughtUp(timeoutMs) {
      return (await Promise.all([here.caughtUp(timeoutMs), there.caughtUp(timeoutMs)])).every(Boolean);
    },
  };
}
