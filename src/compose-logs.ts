/** Opens everything that is told of a gateway's exchanges: its log with keys, witnesses, timestamps and sealed bodies, the logs that no worker writes, and the index over all. */

import path from 'node:path';
import type { Company } from './company.ts';
import { openTimestamps, timestampHealth } from './compose-timestamps.ts';
import type { DataLog } from './data-logs.ts';
import type { Clock } from './exchange/ports.ts';
import { type Evidences, openEvidences as openVault } from './exchange-log/evidence/vault.ts';
import { openExchangeLog } from './exchange-log/log.ts';
import { bestTreePlace } from './exchange-log/open-tree.ts';
import type { Disk } from './exchange-log/store/disk.ts';
import { layoutOf } from './exchange-log/store/layout.ts';
import { openTimestampStore } from './exchange-log/timestamps/timestamp-store.ts';
import type { TransparencyLog } from './exchange-log/transparency-log.ts';
import { type FormerLogSetup, keepOpen, type OpenedLog } from './former-log.ts';
import { openGatewayKeys } from './gateway-keys.ts';
import { type HeldLog, holdLog, type OrphanSetup, openOrphan } from './held-log.ts';
import { createLogBook } from './log-book.ts';
import { logObserver } from './log-observer.ts';
import type { Offer } from './offer.ts';
import { type OpenIndex, openIndex } from './open-index.ts';
import type { Premises } from './premises.ts';
import type { StateWrites } from './state/state-writes.ts';
import type { Dependency } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { createWitnessing, witnessesMissing } from './witnessing.ts';

export interface LogsSetup {
  readonly offer: Offer;
  readonly premises: Premises;
  /** Of one worker among several. */
  readonly company: Company | undefined;
  /** See GatewayOptions. */
  readonly recordFailed: () => void;
  readonly disk: Disk;
  readonly stateWrites: StateWrites;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export type Logs = Awaited<ReturnType<typeof openLogs>>;

/** Name of their health, where there are any. */
export const formerLogs = 'former-logs';

/** What is open is closed by `closers`, also where a later part cannot be opened. */
export async function openLogs(setup: LogsSetup, closers: (() => unknown)[]) {
  const { offer, premises, company, disk, stateWrites, clock, metrics, logger } = setup;
  const settings = offer.configuration.gateway;
  const { own: place } = premises;
  const folder = await premises.folder.folder(path.relative(premises.folder.path, place.folder));
  const keys = await openGatewayKeys(await premises.folder.folder('keys'), folder);
  const [key, ...olderKeys] = keys.log;
  const witnessing = createWitnessing(settings.exchangeLog.witnesses, metrics, logger, clock);
  const log = await openExchangeLog({
    folder,
    headCopy: place.headCopy,
    origin: settings.exchangeLog.origin,
    key,
    olderKeys,
    marks: keys.marks,
    settings: settings.exchangeLog,
    clock,
    observer: logObserver(metrics, logger, { grown: () => index.wake(), failed: setup.recordFailed }),
    disk,
    tree: bestTreePlace(company?.count ?? 1),
    cosigning: witnessing?.cosigning,
  });
  closers.push(() => log.close());
  const timestampStore = await openTimestampStore(disk, layoutOf(folder));
  const openStamps: OrphanSetup['openTimestamps'] = (parts) => openTimestamps(offer, { clock, metrics, ...parts });
  const timestamps = await openStamps({ log, store: timestampStore, logger });
  if (timestamps !== undefined) closers.push(() => timestamps.close());

  const openEvidences = (of: DataLog) => openEvidence(setup, of);
  const evidences = await openEvidences(place);
  closers.push(() => evidences?.close());

  const index = openIndex({ settings, log, stateWrites, metrics, logger, locate: premises.locateState });
  closers.push(() => index.close());
  // An embedded one is in this very data folder, and takes its time at the first start.
  if (settings.state.database !== 'embedded') await index.demandOwned(settings.state.connectTimeoutMs);
  const { waitUntil } = index;
  const held: [HeldLog, ...HeldLog[]] = [holdLog({ place, log, disk, timestampStore, evidences, settings, waitUntil })];
  const former: OpenedLog[] = [];
  const opening = { keys, disk, settings, index, openEvidences, openTimestamps: openStamps };
  for (const orphan of premises.orphans) {
    const named = logger.child({ log: orphan.origin });
    const open: FormerLogSetup['open'] = (failed) => openOrphan({ place: orphan, ...opening, logger: named, failed });
    const kept = await keepOpen({ place: orphan, settings: settings.exchangeLog, open, logger: named });
    closers.push(() => kept.close());
    former.push(kept);
    held.push(kept);
  }
  const book = createLogBook({
    held,
    logs: premises.logs,
    siblings: company?.siblings,
    askTimeoutMs: settings.workers.askTimeoutMs,
    checkpointWaitMs: settings.receipts.checkpointWaitMs,
    lookUpWaitMs: settings.receipts.lookUpWaitMs,
  });
  return {
    keys,
    log,
    timestamps,
    evidences,
    index,
    book,
    own: held[0],
    /** Those that no worker writes. */
    former,
    stateHealth: { name: 'state-database', vital: false, check: index.check } satisfies Dependency,
    logHealth: logHealthOf(log, index),
    /** Of what else records depend on. */
    recordHealth: [
      ...(witnessing === undefined ? [] : [witnessing.health]),
      ...(evidences === undefined ? [] : [evidenceHealthOf(evidences)]),
      ...timestampHealth(timestamps, () => former.map((one) => one.timestamps)),
      ...(former.length === 0 ? [] : [formerHealthOf(former)]),
    ],
  };
}

/** Undefined where no bodies are sealed. */
async function openEvidence(
  { offer, disk, clock, metrics, logger, recordFailed }: LogsSetup,
  { folder, subjectKeyFile }: DataLog,
): Promise<Evidences | undefined> {
  const settings = offer.configuration.gateway.evidence;
  if (settings === undefined) return undefined;
  return openVault({
    disk,
    folder: path.join(folder, 'evidence'),
    subjectKeyFile,
    services: settings.services,
    auditors: offer.auditors,
    limits: settings,
    clock,
    observer: {
      evidenceCommitted: metrics.evidenceCommitted,
      evidenceFailed(error) {
        logger.error({ error }, 'evidence cannot be kept: every exchange of a sealed service is refused from now on');
        recordFailed();
      },
    },
  });
}

function logHealthOf(
  log: Pick<TransparencyLog, 'failure' | 'lacksWitnesses'>,
  index: Pick<OpenIndex, 'foreign'>,
): Dependency {
  return {
    name: 'exchange-log',
    vital: true,
    check: async () => {
      if (log.failure !== undefined) throw failed();
      if (log.lacksWitnesses) throw witnessesMissing();
      // Found out since the start: it must not go on beside the one whose name it bears.
      if (index.foreign() !== undefined) throw failed('another log has its name');
    },
  };
}

/** Not vital: exchanges are recorded elsewhere. */
function formerHealthOf(former: readonly HeldLog[]): Dependency {
  return {
    name: formerLogs,
    vital: false,
    check: async () => {
      const unwritable = former.filter((log) => !log.isWritable()).map(({ place }) => place.origin);
      if (unwritable.length > 0) throw Object.assign(failed(), { kind: `failed: ${unwritable.join(', ')}` });
    },
  };
}

function evidenceHealthOf(evidences: Evidences): Dependency {
  return {
    name: 'evidence',
    vital: true,
    check: async () => {
      if (evidences.failure !== undefined) throw failed();
    },
  };
}

/** What a probe is told; the operational log has named the cause. */
const failed = (how = 'a write failed') => Object.assign(new Error(how), { kind: 'failed' });
