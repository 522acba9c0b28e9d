/** Makes what sends traces and metrics to a collector; where none is configured nothing is loaded, and nothing stands in the way. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Configuration } from './config.ts';
import { ConfigError } from './config-reader.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Otlp } from './telemetry/otlp/open-otlp.ts';
import type { OtlpSettings } from './telemetry/otlp/settings.ts';
import type { SendObserver } from './telemetry/otlp/watch-sending.ts';

export interface TelemetryPlace {
  readonly configuration: Configuration;
  readonly version: string;
  /** Number of this worker among several. */
  readonly worker: number | undefined;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

const nothingSent: Otlp = {
  overExchange: (one) => one,
  overRegistries: (registries) => registries,
  close: async () => undefined,
};

/** Waits for no collector. Throws ConfigError where the file of its authorities cannot be read. */
export async function openTelemetry({
  configuration,
  version,
  worker,
  metrics,
  logger,
}: TelemetryPlace): Promise<Otlp> {
  const { node, telemetry } = configuration.gateway;
  const settings = telemetry?.otlp;
  if (settings === undefined) return nothingSent;
  const { openOtlp } = await import('./telemetry/otlp/open-otlp.ts');
  return openOtlp({
    settings,
    ca: await readAuthorities(configuration.folder, settings),
    version,
    instance: worker === undefined ? node : `${node}/${worker}`,
    snapshot: metrics.snapshot,
    observer: observerOf(metrics, logger),
  });
}

/** One line where sending begins to fail, and one where it goes on. */
function observerOf(metrics: Metrics, logger: Logger): SendObserver {
  const failing = new Set<string>();
  return {
    sent(signal, count) {
      metrics.telemetrySent(signal, 'sent', count);
      if (failing.delete(signal)) logger.info({ signal }, 'the collector takes telemetry again');
    },
    failed(signal, count, error) {
      metrics.telemetrySent(signal, 'failed', count);
      if (failing.has(signal)) return;
      failing.add(signal);
      logger.warn({ signal, error }, 'the collector takes no telemetry: it is dropped until it does');
    },
    dropped: (signal, count) => metrics.telemetrySent(signal, 'dropped', count),
  };
}

async function readAuthorities(folder: string, { caFile }: OtlpSettings): Promise<string | undefined> {
  if (caFile === undefined) return undefined;
  return readFile(path.resolve(folder, caFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    const message = `${caFile} cannot be read (${error.code})`;
    throw new ConfigError([{ file: 'gateway.yaml', at: '/telemetry/otlp/caFile', message }]);
  });
}
