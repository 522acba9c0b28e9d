/** Accepted pushes: kept once, recorded, delivered in order to the registries, and never lost on the way. */

import { setTimeout as sleep } from 'node:timers/promises';
import { SourceError } from '../adapter-kit/source-error.ts';
import type { Registry } from '../adapter-kit/types.ts';
import type { DeliveryEntry } from '../exchange/entries.ts';
import type { AnswerCache, Breakers, Catalogue, Deliveries, ExchangeLog, Pseudonyms } from '../exchange/ports.ts';
import type { Pushes, PushOperations } from '../exchange/pushes.ts';
import type { Problem } from '../problems.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import { createAccepting, unavailable } from './acceptance.ts';
import { type Audience, createAnnouncing } from './announcements.ts';
import { createCalls } from './calls.ts';
import { createCarrier } from './carrier.ts';
import { createClaims } from './claims.ts';
import { DeliveryKeyFault } from './delivery-key-fault.ts';
import { createLeftBehind, type FindInLog } from './left-behind.ts';
import { createLostAcceptances, type LostSetup } from './lost-acceptances.ts';
import { createMoves } from './moves.ts';
import { createOperations } from './operations.ts';
import { createOutbox } from './outbox.ts';
import { type Pump, startPump } from './pump.ts';
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

export interface DeliveryObserver {
  /** A push came into another state, and that is recorded. */
  moved(entry: DeliveryEntry): void;
  /** Something is committed that somebody is to be told of. */
  announced(): void;
  /** Pushes are accepted and delivered from now on. */
  opened(): void;
  /** The log has accepted so many pushes that the database does not know; ids of some. */
  lost(exchangeIds: readonly string[], count: number): void;
  /** They cannot be: told once until they can. */
  failed(error: unknown): void;
  /** A registry's failure, or a wrong result. */
  fault(problem: Problem, exchangeId: string): void;
  /** What should not have happened. */
  error(error: unknown, exchangeId: string | undefined): void;
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
  /** Whether pushes are accepted, or why nobody but an operator can change that they are not. */
  standing(): 'open' | 'opening' | DeliveryKeyFault;
  /** Finishes what is under way within the time, gives the rest back. */
  close(graceMs: number): Promise<void>;
}

const folder = new URL('sql/', import.meta.url);
const dayMs = 86_400_000;
const key = readStatement(folder, 'key');

/** Returns at once; until the database answers, pushes are refused as `delivery-unavailable`. */
export function startDeliveries(setup: DeliveriesSetup): RunningDeliveries {
  const { database, settings, origin, observer, nowMs, log, secrets } = setup;
  const announcing = createAnnouncing(secrets, setup.audience);
  const { announced } = observer;
  const closing = new AbortController();
  let told: string | undefined;
  /** That the database is away is told by its own observer; the same trouble again is not told again. */
  const trouble = (error: unknown) => {
    if (error instanceof SourceError && error.kind === 'unavailable') return;
    if (told === String(error)) return;
    told = String(error);
    observer.error(error, undefined);
  };
  const cutOff = new AbortController();
  const pumps = new Map<string, Pump>();
  const queues = createQueues(database, trouble);
  const outbox = createOutbox({
    database,
    queues,
    origin,
    settings,
    sent: (registry) => pumps.get(registry)?.wake(),
    corrected: () => void operations.correct().catch(trouble),
    settled: (exchangeId) => accepting.end(exchangeId),
    trouble,
  });
  const accepting = createAccepting({
    database,
    secrets,
    origin,
    settings,
    settleLeft: (exchangeId) => leftBehind.settleOne(exchangeId),
  });
  const { findInLog } = setup;
  const leftBehind = createLeftBehind({
    database,
    secrets,
    log,
    findInLog,
    origin,
    nowMs,
    settings,
    outbox,
    accepting,
  });
  const operations = createOperations({
    ...setup,
    announcing,
    announced,
    queues,
    signal: cutOff.signal,
    trouble,
    moved: observer.moved,
    wake: () => {
      for (const pump of pumps.values()) pump.wake();
    },
  });
  const { correct, goOn } = operations;
  const woken = (registries: readonly string[]) => {
    for (const registry of registries) pumps.get(registry)?.wake();
  };
  const sweep = createSweep({
    held: () => new Set([...operations.held(), ...[...pumps.values()].flatMap((pump) => [...pump.held()])]),
    correct,
    goOn,
    checkTurns: createTurnCheck({ database, queues, rowsMax: settings.sweepRowsMax, woken }),
    database,
    queues,
    leftBehind,
    origin,
    nowMs,
    settings,
    signal: closing.signal,
    trouble,
  });
  const moves = createMoves({
    announcing,
    announced,
    database,
    queues,
    log,
    origin,
    settings,
    signal: cutOff.signal,
    moved: observer.moved,
    woken,
    trouble,
  });
  let standing: ReturnType<RunningDeliveries['standing']> = 'opening';
  const attempted = Promise.withResolvers<void>();
  const tried = database.tried.then((isThere) => (isThere ? attempted.promise : undefined));
  const running = run();

  async function run(): Promise<void> {
    await database.opened(closing.signal).catch(() => undefined);
    await openAtLast();
    if (closing.signal.aborted) return;
    startPumps();
    await Promise.all([sweep.go(), watchForLost()]);
  }

  /** Beside everything else: after a restore there is much to look through. */
  async function watchForLost(): Promise<void> {
    const { signal } = closing;
    const acceptances = createLostAcceptances({
      database,
      origin,
      notBeforeMs: () => nowMs() - settings.retainStateDays * dayMs,
      log: setup.ownLog,
      signal,
      lost: observer.lost,
    });
    while (!signal.aborted) {
      await acceptances.look().catch((error: unknown) => signal.aborted || trouble(error));
      await sleep(settings.sweepMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async function openAtLast(): Promise<void> {
    for (let told = false; !closing.signal.aborted; ) {
      try {
        await demandOwnKey();
        await queues.open(registriesOf(setup.catalogue));
        await sweep.first();
        standing = 'open';
        attempted.resolve();
        return observer.opened();
      } catch (error) {
        standing = error instanceof DeliveryKeyFault ? error : 'opening';
        if (!told && !closing.signal.aborted) observer.failed(error);
        told = true;
        attempted.resolve();
        await sleep(settings.retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  /** With another key, nothing that the others accepted could be read, and what they have would not be recognised. */
  async function demandOwnKey(): Promise<void> {
    const [known] = await database.query<{ fingerprint: Buffer }>(key, { fingerprint: secrets.fingerprint });
    if (known?.fingerprint.equals(secrets.fingerprint)) return;
    throw new DeliveryKeyFault();
  }

  async function demandKey(timeoutMs: number): Promise<void> {
    const done = new AbortController();
    const late = sleep(timeoutMs, undefined, { signal: done.signal }).catch(() => undefined);
    await Promise.race([tried, late]);
    done.abort();
    if (standing instanceof DeliveryKeyFault) throw standing;
  }

  function startPumps(): void {
    const calls = createCalls({ ...setup });
    const carrier = createCarrier({ ...setup, announcing, calls, moves, onFault: observer.fault });
    const claims = createClaims({ database, queues, origin, nowMs });
    for (const registry of registriesOf(setup.catalogue)) {
      const onFailure = observer.error;
      pumps.set(registry, startPump({ registry, claims, calls, carrier, moves, settings, onFailure, trouble }));
    }
  }

  return {
    pushes: createPushStates({
      database,
      secrets,
      catalogue: setup.catalogue,
      async arrived(exchangeId) {
        await accepting.ended(exchangeId);
        await setup.arrivedElsewhere?.(exchangeId);
      },
    }),
    arrived: accepting.ended,
    tried,
    demandKey,
    standing: () => standing,
    operations,
    async accept(push) {
      if (standing !== 'open' || closing.signal.aborted) throw unavailable('Pushes cannot be kept now.');
      return accepting.accept(push);
    },
    recorded(exchangeId, position) {
      accepting.placed(exchangeId, position);
      outbox.recorded(exchangeId, position.index);
    },
    forsake: (exchangeId) => outbox.refused(exchangeId),
    unsettled: (exchangeId) => accepting.end(exchangeId),
    async close(graceMs) {
      closing.abort();
      await running;
      await accepting.idle();
      await outbox.close(graceMs);
      const late = setTimeout(() => cutOff.abort(new Error('the gateway closes')), graceMs);
      await Promise.all([...pumps.values()].map((pump) => pump.close(graceMs)));
      clearTimeout(late);
      cutOff.abort(new Error('the gateway is closed'));
      await queues.close().catch(() => undefined);
    },
  };
}

/** Those that have pushes of their own, and so a queue. */
export function registriesOf(catalogue: Catalogue): string[] {
  return [...new Set(catalogue.all().flatMap((service) => (service.kind === 'push' ? [service.registry] : [])))];
}
