/** Several workers as one gateway, to those who ask any one of them how it is doing. */

import type { ProcessReport, RegistryReport } from './exchange/registry-reports.ts';
import type { Offer } from './offer.ts';
import type { WorkerPulse } from './serving-workers.ts';
import type { Health } from './telemetry/health.ts';
import { mergeHealth, type WorkerHealth } from './telemetry/merge-health.ts';
import { mergeMetrics } from './telemetry/merge-metrics.ts';
import { createWorkerMetrics } from './telemetry/worker-metrics.ts';
import type { Channel } from './workers/channel.ts';
import type { Supervisor } from './workers/supervisor.ts';

interface WholeSetup {
  readonly offer: Offer;
  readonly count: number;
  readonly supervisor: Pick<Supervisor, 'serving' | 'starts'>;
  readonly channels: ReadonlyMap<number, Channel>;
  readonly pulses: ReadonlyMap<number, WorkerPulse>;
}

/** The gateway as those see it who ask any one of its workers. */
export function createWhole({ offer, count, supervisor, channels, pulses }: WholeSetup) {
  const { askTimeoutMs } = offer.configuration.gateway.workers;
  const numbers = Array.from({ length: count }, (_one, at) => at + 1);
  const isSilent = (number: number) => pulses.get(number)?.isSilent() ?? false;
  const ownMetrics = createWorkerMetrics({
    workers: numbers,
    serving: () => supervisor.serving().filter((number) => !isSilent(number)),
    starts: supervisor.starts,
  });

  /** Undefined for each that does not serve or does not answer; nobody waits for one that is silent. */
  const askAll = <T>(question: string) =>
    Promise.all(
      numbers.map(async (number): Promise<readonly [number, T | undefined]> => {
        const channel = supervisor.serving().includes(number) ? channels.get(number) : undefined;
        if (channel === undefined || isSilent(number)) return [number, undefined];
        const answer = channel.ask<T>(question, undefined, askTimeoutMs).catch(() => undefined);
        return [number, (await pulses.get(number)?.beats()) === false ? undefined : await answer];
      }),
    );
  const silentPids = () =>
    new Map([...pulses].flatMap(([number, { isSilent, pid }]) => (isSilent() ? [[number, pid] as const] : [])));

  return {
    health: shared(async (): Promise<readonly Health[]> => {
      const answers = new Map(await askAll<WorkerHealth>('health'));
      return mergeHealth(answers, silentPids());
    }),
    registries: shared(async (): Promise<readonly ProcessReport[]> => {
      const answers = await askAll<readonly RegistryReport[]>('registries');
      return answers.map(([worker, registries]) => ({ worker, registries }));
    }),
    metrics: shared(async () => {
      const answers = await askAll<string>('metrics');
      return mergeMetrics([await ownMetrics(), ...answers.flatMap(([, text]) => text ?? [])]);
    }),
  };
}

/** Who asks while the same is being asked gets that answer: scrapes do not pile up. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
}
