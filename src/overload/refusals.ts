/** Writes refused exchanges down together where an entry for each would let anybody fill the log: how many, of which kind, by whose claim. */

import type { RefusalsEntry } from '../exchange/entries.ts';
import type { Clock, ExchangeLog, RefusalTally } from '../exchange/ports.ts';
import type { XRoadId } from '../exchange/types.ts';
import { problemKinds } from '../problem-kinds.ts';
import type { ProblemCode } from '../problems.ts';
import { createBuckets } from './buckets.ts';

export interface RefusalSettings {
  /** How often they are written down, milliseconds. */
  readonly tallyIntervalMs: number;
  /** Refused callers of one address who proved nothing: entries of their own a second. */
  readonly unprovenPerSecond: number;
  /** The same, at once. */
  readonly unprovenBurst: number;
  /** Addresses of which that is remembered; one that is pushed out may begin anew. */
  readonly unprovenAddressesMax: number;
}

export interface RefusalSetup {
  readonly settings: RefusalSettings;
  readonly clock: Clock;
  readonly log: Pick<ExchangeLog, 'record'>;
  /** The subsystem with its member's present code; undefined where none is registered. */
  readonly registered: (claimed: XRoadId) => XRoadId | undefined;
  /** UUIDv7. */
  readonly makeId: () => string;
  /** Told of each refusal that is counted. */
  readonly counted: (problem: ProblemCode) => void;
  /** Told where the log takes no entry: what could not be written is counted on. */
  readonly onFault: (error: unknown) => void;
}

export interface Refusals extends RefusalTally {
  /** Writes down what is counted so far. */
  close(): Promise<void>;
}

interface Counted {
  readonly problem: ProblemCode;
  readonly claimedConsumer: XRoadId | undefined;
  readonly sinceMs: number;
  count: number;
}

export function createRefusals(setup: RefusalSetup): Refusals {
  const { settings, clock, log } = setup;
  const { unprovenPerSecond: perSecond, unprovenBurst: burst, unprovenAddressesMax: namesMax } = settings;
  const addresses = createBuckets({ perSecond, burst, namesMax }, clock);
  /** No more than there are registered subsystems and problems. */
  let tally = new Map<string, Counted>();
  let writing: Promise<unknown> = Promise.resolve();

  function add(problem: ProblemCode, claimedConsumer: XRoadId | undefined, count: number, sinceMs: number): void {
    const key = `${problem} ${claimedConsumer ?? ''}`;
    const known = tally.get(key);
    if (known === undefined) tally.set(key, { problem, claimedConsumer, sinceMs, count });
    else known.count += count;
  }

  async function write(counted: Counted): Promise<void> {
    try {
      await log.record(entryOf(counted, setup.makeId(), clock.nowMs()));
    } catch (error) {
      add(counted.problem, counted.claimedConsumer, counted.count, counted.sinceMs);
      setup.onFault(error);
    }
  }

  function writeAll(): Promise<unknown> {
    const all = tally;
    if (all.size === 0) return writing;
    tally = new Map();
    writing = Promise.all([writing, ...[...all.values()].map(write)]);
    return writing;
  }

  const timer = setInterval(() => void writeAll(), settings.tallyIntervalMs);
  timer.unref();

  return {
    mayRecord: (remoteAddress) => addresses.take(remoteAddress) === 0,
    count(problem, claimed) {
      add(problem, claimed === undefined ? undefined : setup.registered(claimed), 1, clock.nowMs());
      setup.counted(problem);
    },
    async close() {
      clearInterval(timer);
      await writeAll();
    },
  };
}

/** In the order of the names, so that printing it gives canonical JSON. */
function entryOf({ claimedConsumer, count, problem, sinceMs }: Counted, id: string, nowMs: number): RefusalsEntry {
  return {
    claimedConsumer,
    count,
    durationMs: Math.max(0, nowMs - sinceMs),
    id,
    issue: undefined,
    kind: 'refusals',
    official: undefined,
    problem,
    status: problemKinds[problem].status,
    subject: undefined,
    subjectNumber: undefined,
    time: new Date(nowMs).toISOString(),
  };
}
