/** Knows the workers that serve at present: how each is asked, and that it gets connections for as long as it answers. */

import type { Logger } from './telemetry/logger.ts';
import type { Channel } from './workers/channel.ts';
import type { Dealer } from './workers/dealer.ts';
import type { ForkedWorker } from './workers/fork.ts';
import { createPulse, type Pulse, type PulseSettings } from './workers/pulse.ts';

/** Of the worker's process that serves. */
export interface WorkerPulse extends Pulse {
  readonly pid: number;
}

export interface ServingWorkersSetup {
  readonly dealer: Pick<Dealer, 'add' | 'remove'>;
  readonly settings: PulseSettings;
  readonly logger: Logger;
}

/** All by the worker's number; of two processes of a worker, only the present one counts. */
export interface ServingWorkers {
  readonly channels: ReadonlyMap<number, Channel>;
  readonly pulses: ReadonlyMap<number, WorkerPulse>;
  /** From now on it may keep answers, and must hear of what makes them invalid. */
  reach(number: number, process: ForkedWorker): void;
  /** It serves: it gets connections. */
  enter(number: number, process: ForkedWorker): void;
  /** It gets nothing more. */
  passOver(number: number, process: ForkedWorker): void;
  /** It has ended. */
  leave(number: number, process: ForkedWorker): void;
}

export function createServingWorkers({ dealer, settings, logger }: ServingWorkersSetup): ServingWorkers {
  const channels = new Map<number, Channel>();
  const pulses = new Map<number, WorkerPulse>();

  function pulseOf(number: number, process: ForkedWorker): WorkerPulse {
    const { channel, handOver, pid } = process;
    const told = { worker: number, workerPid: pid };
    const pulse = createPulse((timeoutMs) => channel.ask('pulse', undefined, timeoutMs), settings, {
      silent() {
        logger.warn(told, 'the worker does not answer');
        dealer.remove(number, handOver);
      },
      awake() {
        logger.info(told, 'the worker answers again');
        dealer.add(number, handOver);
      },
      gone() {
        logger.error(told, 'the worker has not answered for too long and is killed');
        process.kill();
      },
    });
    return { ...pulse, pid };
  }

  function passOver(number: number, { handOver, pid }: ForkedWorker): void {
    dealer.remove(number, handOver);
    if (pulses.get(number)?.pid !== pid) return;
    pulses.get(number)?.stop();
    pulses.delete(number);
  }

  return {
    channels,
    pulses,
    reach: (number, { channel }) => void channels.set(number, channel),
    enter(number, process) {
      dealer.add(number, process.handOver);
      pulses.set(number, pulseOf(number, process));
    },
    passOver,
    leave(number, process) {
      passOver(number, process);
      if (channels.get(number) === process.channel) channels.delete(number);
    },
  };
}
