/** Takes messages out of a registry's queue, and none before each earlier one about any of its people is settled, whichever registry that goes to. */

import type { ProblemCode } from '../problems.ts';
import type { StateTransaction } from '../state/session.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readPrepared, readStatement } from '../state/statements.ts';
import type { Job, Queues } from './queues.ts';
import type { DeliverySettings } from './settings.ts';

/** A message in this gateway's hand. */
export interface Claimed {
  readonly registry: string;
  readonly job: Job;
  /** Fences whatever is done with it against a later taking. */
  readonly taking: number;
  readonly id: string;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly acceptedAtMs: number;
  /** Unix milliseconds; undefined where it was not tried before, or not since it was redelivered. */
  readonly triedSinceMs: number | undefined;
  readonly state: string;
  readonly leg: number;
  readonly tries: number;
  readonly problem: ProblemCode | undefined;
  /** A registry may have its leg from an earlier try. */
  readonly inDoubt: boolean;
  /** Sealed; null where it is erased. */
  readonly content: Buffer | null;
  readonly results: Buffer | null;
}

export interface ClaimsSetup {
  readonly database: Pick<StateDatabase, 'transaction'>;
  readonly queues: Pick<Queues, 'take' | 'finish' | 'hold'>;
  readonly origin: string;
  readonly nowMs: () => number;
  readonly settings: Pick<DeliverySettings, 'leaseSeconds'>;
}

export interface Claims {
  /** `count` at most, in the order of acceptance; fewer once the signal aborts. Throws SourceError. */
  take(registry: string, count: number, signal?: AbortSignal): Promise<readonly Claimed[]>;
}

interface Row {
  readonly id: string;
  readonly taking: number;
  readonly accepted_ms: number;
  readonly tried_since_ms: number | null;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly state: string;
  readonly leg: number;
  readonly tries: number;
  readonly problem: ProblemCode | null;
  readonly in_doubt: boolean;
  readonly content: Buffer | null;
  readonly results: Buffer | null;
  readonly behind: string | null;
  /** Something behind it is in hand: it comes to its try's end by itself, and then waits. */
  readonly crossed: boolean;
}

/** What came of one look into the queue. */
interface Taken {
  readonly claimed: readonly Claimed[];
  /** Something sleeps from now on, and others in its queue may be due. */
  readonly isOrdered: boolean;
}

const folder = new URL('sql/', import.meta.url);
const claim = readPrepared(folder, 'claim');
const present = readPrepared(folder, 'present');
const see = readStatement(folder, 'see');
const unsettled = readStatement(folder, 'unsettled');
const release = readStatement(folder, 'release');
/** An operator or a correction has it in hand, or somebody is changing what it is behind. */
const againMs = 500;

export function createClaims({ database, queues, origin, nowMs, settings }: ClaimsSetup): Claims {
  const { leaseSeconds } = settings;

  async function takeOnce(transaction: StateTransaction, registry: string, count: number): Promise<Taken> {
    const jobs = await queues.take(transaction, registry, count);
    if (jobs.length === 0) return { claimed: [], isOrdered: false };
    const ids = jobs.map(({ id }) => id);
    // Others may hold this gateway for gone, as after a long pause.
    if ((await transaction.query(present, { origin, leaseSeconds })).length === 0)
      await transaction.query(see, { origin });
    const found = await transaction.query<Row>(claim, { ids, origin });
    const rows = new Map(found.map((row) => [row.id, row]));
    const isOrdered = await putInOrder(transaction, registry, jobs, rows);
    const missing = jobs.filter(({ id }) => !rows.has(id));
    if (missing.length > 0) await leave(transaction, registry, missing);
    const claimed = jobs.flatMap((job) => {
      const row = rows.get(job.id);
      return row && isNext(row) ? [claimedOf(registry, job, row)] : [];
    });
    return { claimed, isOrdered };
  }

  /** What was taken before its turn sleeps until what it is behind is settled. */
  async function putInOrder(
    transaction: StateTransaction,
    registry: string,
    jobs: readonly Job[],
    rows: ReadonlyMap<string, Row>,
  ): Promise<boolean> {
    const early = jobs.flatMap((job) => {
      const row = rows.get(job.id);
      return row && !isNext(row) ? [{ ...job, taking: row.taking, behind: row.behind ?? undefined }] : [];
    });
    if (early.length === 0) return false;
    await transaction.query(release, { ...takingsOf(early), origin });
    return (await queues.hold(transaction, registry, early, nowMs() + againMs)) > 0;
  }

  /** In somebody else's hand; or settled already, or forgotten. */
  async function leave(transaction: StateTransaction, registry: string, missing: readonly Job[]): Promise<void> {
    const rows = await transaction.query<{ id: string }>(unsettled, { ids: missing.map(({ id }) => id) });
    const later = new Set(rows.map(({ id }) => id));
    const back = missing.filter(({ id }) => later.has(id)).map((job) => ({ ...job, behind: undefined }));
    if (back.length > 0) await queues.hold(transaction, registry, back, nowMs() + againMs);
    const needless = missing.filter(({ id }) => !later.has(id));
    if (needless.length > 0) await queues.finish(transaction, registry, needless);
  }

  return {
    async take(registry, count, signal) {
      // Ends: each look more puts something to sleep.
      for (;;) {
        const { claimed, isOrdered } = await database.transaction((transaction) =>
          takeOnce(transaction, registry, count),
        );
        if (claimed.length > 0 || !isOrdered || signal?.aborted) return claimed;
      }
    },
  };
}

/** As `release.sql` reads them. */
export function takingsOf(held: readonly { readonly id: string; readonly taking: number }[]) {
  return { ids: held.map(({ id }) => id), takings: held.map(({ taking }) => taking) };
}

function isNext({ behind, crossed }: Row): boolean {
  return behind === null && !crossed;
}

function claimedOf(registry: string, job: Job, row: Row): Claimed {
  const { id, taking, sender, service, version, state, leg, tries, content, results } = row;
  const problem = row.problem ?? undefined;
  const acceptedAtMs = row.accepted_ms;
  const triedSinceMs = row.tried_since_ms ?? undefined;
  const push = { id, sender, service, version, acceptedAtMs, triedSinceMs };
  return { registry, job, taking, ...push, state, leg, tries, problem, inDoubt: row.in_doubt, content, results };
}
