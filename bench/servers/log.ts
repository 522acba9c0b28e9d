/** A process that holds nothing but an exchange log, so that its memory and its start are those of the log. */

import type { LogEntry } from '../../src/exchange/types.ts';
import type { TransparencyLog } from '../../src/exchange-log/transparency-log.ts';
import { answerParent } from '../answer-parent.ts';
import { openSampleLog, sampleEntriesOf } from '../sample-log.ts';

export interface RecordRequest {
  readonly entries: number;
  /** Callers, each of whom records its next entry when the one before is durable. */
  readonly inFlight: number;
}

export interface RecordResult {
  readonly seconds: number;
  /** Of the whole process, microseconds. */
  readonly cpuMicros: number;
}

/** Of as many people as are asked about in a while. */
const sampleEntries = sampleEntriesOf(1000);
let log: TransparencyLog | undefined;

function opened(): TransparencyLog {
  if (log === undefined) throw new Error('the log is not open');
  return log;
}

answerParent(
  {
    /** Milliseconds that opening took. */
    async open(folder: string): Promise<number> {
      const startMs = performance.now();
      log = await openSampleLog(folder);
      return performance.now() - startMs;
    },
    size: () => opened().size(),
    async record({ entries, inFlight }: RecordRequest): Promise<RecordResult> {
      const startMs = performance.now();
      const cpu = process.cpuUsage();
      let left = entries;
      const caller = async () => {
        while (left > 0) {
          left -= 1;
          await opened().record(sampleEntries[left % sampleEntries.length] as LogEntry);
        }
      };
      await Promise.all(Array.from({ length: inFlight }, caller));
      const { user, system } = process.cpuUsage(cpu);
      return { seconds: (performance.now() - startMs) / 1000, cpuMicros: user + system };
    },
    /** Resident memory after a garbage collection, bytes; the process must be started with --expose-gc. */
    memory(): number {
      globalThis.gc?.();
      return process.memoryUsage.rss();
    },
  },
  () => log?.close(),
);
