/** Opens the index of the gateway's own log: the state database, the tail that follows the log, and the answers out of both. */

import { setTimeout as sleep } from 'node:timers/promises';
import { createAuditIndex } from './audit/audit-index.ts';
import { ForeignLog } from './audit/foreign-log.ts';
import { followLog, type IndexTail, type TailObserver } from './audit/index-tail.ts';
import type { EntrySource } from './audit/log-writer.ts';
import type { GatewaySettings } from './config.ts';
import type { AuditIndex } from './exchange/audit.ts';
import type { TransparencyLog } from './exchange-log/transparency-log.ts';
import { troubleOf } from './fault-level.ts';
import type { StateAddress } from './state/settings.ts';
import { openStateDatabase, type StateObserver } from './state/state-database.ts';
import type { StateWrites } from './state/state-writes.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface OpenIndex {
  readonly auditIndex: AuditIndex;
  /** Brings a further log into the index; whoever lets it grow wakes its tail, and closes it before the log. */
  follow(source: EntrySource): Pick<IndexTail, 'waitUntil' | 'wake' | 'close'>;
  /** See IndexTail. */
  readonly waitUntil: IndexTail['waitUntil'];
  /** See StateDatabase. */
  readonly tried: Promise<unknown>;
  /**
   * Rejects with ForeignLog where the state database holds the index of another log of this name. Resolves where it does
   * not answer within the time: no start waits for it.
   */
  demandOwned(timeoutMs: number): Promise<void>;
  /** While the index of this name is another log's. */
  foreign(): ForeignLog | undefined;
  /** Says that the log has grown. */
  wake(): void;
  /** Durable entries that are not indexed. */
  lag(): number;
  /** See StateDatabase. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenIndexSetup {
  readonly settings: Pick<GatewaySettings, 'exchangeLog' | 'state' | 'index'>;
  readonly log: Pick<TransparencyLog, 'logId' | 'size' | 'readEntries'>;
  /** Finds the state database, and starts it where that is needed. */
  readonly locate: () => Promise<StateAddress>;
  readonly stateWrites: StateWrites;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Returns at once: database and index come when they can. */
export function openIndex({ settings, log, locate, stateWrites, metrics, logger }: OpenIndexSetup): OpenIndex {
  const database = openStateDatabase({
    locate,
    limits: settings.state,
    observer: stateObserver(metrics, logger),
    writes: stateWrites,
  });
  const follow = (source: EntrySource) => {
    const limits = { ...settings.state, ...settings.index };
    return followLog({ database, source, settings: limits, observer: tailObserver(metrics, logger) });
  };
  const tail = follow({
    origin: settings.exchangeLog.origin,
    logId: log.logId,
    size: log.size,
    readEntries: log.readEntries,
  });
  return {
    auditIndex: createAuditIndex({ database, tail, settings: settings.index }),
    follow,
    waitUntil: tail.waitUntil,
    tried: database.tried,
    async demandOwned(timeoutMs) {
      const done = new AbortController();
      const late = sleep(timeoutMs, undefined, { signal: done.signal }).catch(() => undefined);
      const away = database.tried.then((isOpen) => (isOpen ? late : undefined));
      await Promise.race([tail.owned, away, late]).catch((error: unknown) => {
        if (error instanceof ForeignLog) throw error;
      });
      done.abort();
    },
    foreign: () => tail.foreign,
    wake: tail.wake,
    lag: tail.lag,
    check: database.check,
    async close() {
      await tail.close();
      await database.close();
    },
  };
}

function stateObserver(metrics: Metrics, logger: Logger): StateObserver {
  return {
    up() {
      metrics.stateDatabaseUp(true);
      logger.info({}, 'the state database answers');
    },
    down(error) {
      metrics.stateDatabaseUp(false);
      logger.warn(troubleOf(error), 'the state database does not answer; exchanges go on, the index of the log waits');
    },
  };
}

function tailObserver(metrics: Metrics, logger: Logger): TailObserver {
  return {
    added: metrics.indexAdded,
    unreadable: (indexes) => logger.error({ indexes }, 'entries of the log cannot be read, and are not in the index'),
    rebuilding: (reason) => logger.warn({ reason }, 'the index is not of this log and is made anew'),
    foreign: (error) =>
      logger.error({ error, reason: error.message }, 'the log is not indexed: its name is another log’s'),
    failed: (error) => logger.warn(troubleOf(error), 'the index of the log waits'),
    recovered: () => logger.info({}, 'the index has caught up with the log'),
  };
}
