/** Takes messages out of a registry's queue, one a person, and none before an earlier one about the same person is settled. */

import type { ProblemCode } from '../problems.ts';
import type { StateTransaction } from '../state/session.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readPrepared, readStatement } from '../state/statements.ts';
import type { Job, Queues } from './queues.ts';

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
  readonly queues: Pick<Queues, 'take' | 'finish' | 'moveBehind'>;
  readonly origin: string;
  readonly nowMs: () => number;
}

export interface Claims {
  /** `count` at most, in the order of acceptance. Throws SourceError. */
  take(registry: string, count: number): Promise<readonly Claimed[]>;
}

interface Row {
  readonly id: string;
  readonly taking: number;
  readonly accepted_ms: number;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly order_key: string;
  readonly state: string;
  readonly leg: number;
  readonly tries: number;
  readonly problem: ProblemCode | null;
  readonly in_doubt: boolean;
  readonly content: Buffer | null;
  readonly results: Buffer | null;
  readonly behind: string | null;
}

type Unsettled = Pick<Row, 'id' | 'order_key'>;

const folder = new URL('sql/', import.meta.url);
const claim = readPrepared(folder, 'claim');
const see = readPrepared(folder, 'see');
const unsettled = readStatement(folder, 'unsettled');
const release = readStatement(folder, 'release');
/** What came before is on its way into the queue, or an operator or a correction has it in hand. */
const behindMs = 500;

export function createClaims({ database, queues, origin, nowMs }: ClaimsSetup): Claims {
  return {
    take: (registry, count) =>
      database.transaction(async (transaction) => {
        const jobs = await queues.take(transaction, registry, count);
        if (jobs.length === 0) return [];
        const ids = jobs.map(({ id }) => id);
        await transaction.query(see, { origin });
        const found = await transaction.query<Row>(claim, { ids, origin });
        const rows = new Map(found.map((row) => [row.id, row]));
        const missing = jobs.filter(({ id }) => !rows.has(id));
        const early = found.filter(({ behind }) => behind !== null);
        if (early.length > 0) await transaction.query(release, { ...takingsOf(early), origin });
        const later = [...early, ...(await unsettledOf(transaction, missing))];
        const orderKeys = new Map(later.map((row) => [row.id, row.order_key]));
        const notBeforeMs = nowMs() + behindMs;
        const back = jobs.flatMap((job) => {
          const orderKey = orderKeys.get(job.id);
          return orderKey === undefined ? [] : [{ ...job, orderKey, notBeforeMs }];
        });
        if (back.length > 0) await queues.moveBehind(transaction, registry, back);
        // Settled already, or forgotten.
        const needless = missing.filter(({ id }) => !orderKeys.has(id));
        if (needless.length > 0) await queues.finish(transaction, registry, needless);
        return jobs.flatMap((job) => {
          const row = rows.get(job.id);
          return row === undefined || row.behind !== null ? [] : [claimedOf(registry, job, row)];
        });
      }),
  };
}

async function unsettledOf(transaction: StateTransaction, jobs: readonly Job[]): Promise<readonly Unsettled[]> {
  return jobs.length === 0 ? [] : transaction.query<Unsettled>(unsettled, { ids: jobs.map(({ id }) => id) });
}

/** As `release.sql` reads them. */
export function takingsOf(held: readonly { readonly id: string; readonly taking: number }[]) {
  return { ids: held.map(({ id }) => id), takings: held.map(({ taking }) => taking) };
}

function claimedOf(registry: string, job: Job, row: Row): Claimed {
  const { id, taking, sender, service, version, state, leg, tries, content, results } = row;
  const problem = row.problem ?? undefined;
  const acceptedAtMs = row.accepted_ms;
  const push = { id, sender, service, version, acceptedAtMs };
  return { registry, job, taking, ...push, state, leg, tries, problem, inDoubt: row.in_doubt, content, results };
}
