/** What a worker answers for the whole gateway: what its parent says of all, or what it knows itself while the parent does not answer. */

import type { ProcessReport, RegistryReport } from './exchange/registry-reports.ts';
import type { Health } from './telemetry/health.ts';
import { type Channel, ChannelGone } from './workers/channel.ts';
import type { WorkerSettings } from './workers/settings.ts';

/** Each is given what this process has of its own. */
export interface WholeFromWorker {
  readonly health: (own: () => Promise<readonly Health[]>) => Promise<readonly Health[]>;
  readonly metrics: (own: () => Promise<string>) => Promise<string>;
  /** What each worker has of each registry. */
  readonly registries: (own: () => Promise<readonly RegistryReport[]>) => Promise<readonly ProcessReport[]>;
}

/** Without it no worker gets a connection, or a successor. */
const silent: Health = { name: 'parent', ok: false, vital: true, reason: 'silent' };

/** Of worker `number` among `count`. */
export function createWholeFromWorker(
  parent: Pick<Channel, 'ask'>,
  number: number,
  count: number,
  { askTimeoutMs, pulse }: Pick<WorkerSettings, 'askTimeoutMs' | 'pulse'>,
): WholeFromWorker {
  /** Undefined where the parent does not answer; that it runs at all is known sooner than what it has to ask others for. */
  async function ask<T>(question: string): Promise<T | undefined> {
    try {
      await parent.ask('pulse', undefined, pulse.timeoutMs);
      return await parent.ask<T>(question, undefined, 2 * askTimeoutMs);
    } catch (error) {
      if (error instanceof ChannelGone) return undefined;
      throw error;
    }
  }

  return {
    health: async (own) => (await ask<readonly Health[]>('whole-health')) ?? [...(await own()), silent],
    metrics: async (own) => (await ask<string>('whole-metrics')) ?? own(),
    async registries(own) {
      const known = await ask<readonly ProcessReport[]>('whole-registries');
      if (known !== undefined) return known;
      const registries = await own();
      const others = Array.from({ length: count }, (_one, at) => at + 1);
      return others.map((worker) => ({ worker, registries: worker === number ? registries : undefined }));
    },
  };
}
