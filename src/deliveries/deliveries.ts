/** Accepted pushes: kept once, recorded, delivered in order to the registries, and never lost on the way. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from '../adapter-kit/types.ts';
import type { AnswerCache, Breakers, Catalogue, Deliveries, ExchangeLog, Pseudonyms } from '../exchange/ports.ts';
import type { Pushes, PushOperations } from '../exchange/pushes.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { unavailable } from './acceptance.ts';
import { type Audience, createAnnouncing } from './announcements.ts';
import { createArrivals } from './arrivals.ts';
import { DeliveryKeyFault } from './delivery-key-fault.ts';
import type { FindInLog } from './left-behind.ts';
import { createLostAcceptances, type LostSetup } from './lost-acceptances.ts';
import { createNewTrouble } from './new-trouble.ts';
import type { DeliveryObserver } from './observer.ts';
import { registriesOf } from './offered-pushes.ts';
import { createOpening, type Opening } from './opening.ts';
import { createOperations } from './operations.ts';
import { createPumps } from './pumps.ts';
import { createPushStates } from './push-states.ts';
import { createQueues } from './queues.ts';
import type { DeliverySecrets } from './secrets.ts';
import type { DeliverySettings } from './settings.ts';
import { createSweep } from './sweep.ts';
import { createTurnCheck } from './turn-check.ts';

export interface DeliveriesSetup {
  /** With a pool of its own, so that no auditor's question keeps a push waiting. */
  readonly database: StateDatabase;
  /** The same for all gateways on the database. */
  readonly secrets: DeliverySecrets;
  readonly audience: Audience;
  /** Name of this gateway's log. */
  readonly origin: string;
  readonly log: ExchangeLog;
  readonly ownLog: LostSetup['log'];
  readonly findInLog: FindInLog;
  readonly catalogue: Catalogue;
  readonly registries: ReadonlyMap<string, Registry>;
  readonly breakers: Breakers;
  readonly cache: Pick<AnswerCache, 'forget'>;
  readonly pseudonyms: Pseudonyms;
  readonly nowMs: () => number;
  /** Resolves when an acceptance that is on its way into the database in a process beside this one has arrived. */
  readonly arrivedElsewhere?: ((exchangeId: string) => Promise<unknown>) | undefined;
  /** 0 to 1, without 1. */
  readonly random: () => number;
  /** UUIDv7. */
  readonly makeId: () => string;
  readonly settings: DeliverySettings;
  readonly observer: DeliveryObserver;
}

export interface RunningDeliveries extends Deliveries {
  readonly pushes: Pushes;
  readonly operations: PushOperations;
  /** Resolves when the acceptance that is on its way into the database here, if it is, has arrived. */
  arrived(exchangeId: string): Promise<void>;
  /** Resolves when pushes are accepted, or could not be at the first attempt. */
  readonly tried: Promise<unknown>;
  /**
   * Rejects with DeliveryKeyFault where the database is used under another key. Resolves where it does not say so within
   * the time: no start waits for it.
   */
  demandKey(timeoutMs: number): Promise<void>;
  /** See Opening. */
  readonly standing: Opening['standing'];
  /** Finishes what is under way within the time, gives the rest back. */
  close(graceMs: number): Promise<void>;
}

const dayMs = 86_400_000;

/** Returns at once; until the database answers, pushes are refused as `delivery-unavailable`. */
export function startDeliveries(setup: DeliveriesSetup): RunningDeliveries {
  const { database, settings, observer, nowMs, catalogue } = setup;
  const { moved, announced, opened, failed } = observer;
  const closing = new AbortController();
  const cutOff = new AbortController();
  const trouble = createNewTrouble((error) => observer.error(error, undefined));
  const announcing = createAnnouncing(setup.secrets, setup.audience);
  const queues = createQueues(database, trouble);
  const pumps = createPumps();
  const arrivals = createArrivals({
    ...setup,
    queues,
    sent: (registry) => pumps.wake([registry]),
    corrected: () => void operations.correct().catch(trouble),
    trouble,
  });
  const told = { announcing, announced, moved, trouble };
  const operations = createOperations({ ...setup, ...told, queues, signal: cutOff.signal, wake: pumps.wakeAll });
  const sweep = createSweep({
    ...setup,
    queues,
    leftBehind: arrivals.leftBehind,
    held: () => new Set([...operations.held(), ...pumps.held()]),
    correct: operations.correct,
    goOn: operations.goOn,
    checkTurns: createTurnCheck({ database, queues, rowsMax: settings.sweepRowsMax, woken: pumps.wake }),
    signal: closing.signal,
    trouble,
  });
  const opening = createOpening({
    ...setup,
    async prepare() {
      await queues.open(registriesOf(catalogue));
      await sweep.first();
    },
    signal: closing.signal,
    opened,
    failed,
  });
  const tried = database.tried.then((isThere) => (isThere ? opening.tried : undefined));
  const running = run();

  async function run(): Promise<void> {
    await opening.go();
    if (closing.signal.aborted) return;
    const onFault = observer.fault;
    pumps.start({ ...setup, ...told, queues, signal: cutOff.signal, onFault, onFailure: observer.error });
    const lost = createLostAcceptances({
      ...setup,
      notBeforeMs: () => nowMs() - settings.retainStateDays * dayMs,
      log: setup.ownLog,
      signal: closing.signal,
      lost: observer.lost,
    });
    // Beside everything else: after a restore there is much to look through.
    await Promise.all([sweep.go(), lost.watch(settings.sweepMs, trouble)]);
  }

  return {
    pushes: createPushStates({
      ...setup,
      async arrived(exchangeId) {
        await arrivals.arrived(exchangeId);
        await setup.arrivedElsewhere?.(exchangeId);
      },
    }),
    tried,
    standing: opening.standing,
    async demandKey(timeoutMs) {
      const done = new AbortController();
      await Promise.race([tried, sleep(timeoutMs, undefined, { signal: done.signal }).catch(() => undefined)]);
      done.abort();
      const standing = opening.standing();
      if (standing instanceof DeliveryKeyFault) throw standing;
    },
    operations,
    async accept(push) {
      if (opening.standing() !== 'open' || closing.signal.aborted) throw unavailable('Pushes cannot be kept now.');
      return arrivals.accept(push);
    },
    arrived: arrivals.arrived,
    recorded: arrivals.recorded,
    forsake: arrivals.forsake,
    unsettled: arrivals.unsettled,
    async close(graceMs) {
      closing.abort();
      await running;
      await arrivals.close(graceMs);
      const late = setTimeout(() => cutOff.abort(new Error('the gateway closes')), graceMs);
      await pumps.close(graceMs);
      clearTimeout(late);
      cutOff.abort(new Error('the gateway is closed'));
      await queues.close().catch(() => undefined);
    },
  };
}
