/** Tells metrics, operators and whoever waits for it what the exchange log does. */

import type { LogObserver } from './exchange-log/log-setup.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface LogNews {
  grown(): void;
  failed(): void;
}

export function logObserver(metrics: Metrics, logger: Logger, news: LogNews): LogObserver {
  return {
    committed(...commit) {
      metrics.logCommitted(...commit);
      news.grown();
    },
    checkpointed: metrics.logCheckpointed,
    recovered({ checkpointSize, replayedEntries, tornBytes }) {
      metrics.logCheckpointed(checkpointSize);
      if (replayedEntries > 0)
        logger.info({ replayedEntries }, 'brought entries into the tree that were durable already');
      if (tornBytes > 0) logger.warn({ tornBytes }, 'cut off a commit that was never acknowledged');
    },
    recounting: ({ reason, done, total }) =>
      logger.warn({ reason, done, total }, 'counting the entries about each subject from the log'),
    failed(error) {
      logger.error({ error }, 'the exchange log cannot be written: every exchange is refused from now on');
      news.failed();
    },
  };
}
