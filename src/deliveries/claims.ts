/** Takes messages out of a registry's queue, one a person, and none before an earlier one about the same person is settled. */

import type { ProblemCode } from '../problems.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { readPrepared, readStatement } from '../state/statements.ts';
import type { Job, Queues } from './queues.ts';

/** A message in this gateway's hand. */
export interface Claimed {
  readonly registry: string;
  readonly job: Job;
  readonly id: string;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly acceptedAtMs: number;
  readonly state: string;
  readonly leg: number;
  readonly tries: number;
  readonly problem: ProblemCode | undefined;
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
  readonly accepted_ms: number;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly order_key: string;
  readonly state: string;
  readonly leg: number;
  readonly tries: number;
  readonly problem: ProblemCode | null;
  readonly content: Buffer | null;
  readonly results: Buffer | null;
  readonly behind: string | null;
}

const folder = new URL('sql/', import.meta.url);
const claim = readPrepared(folder, 'claim');
const see = readPrepared(folder, 'see');
const release = readStatement(folder, 'release');
/** What came before is on its way into the queue. */
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
        // Settled already, or forgotten.
        const needless = jobs.filter(({ id }) => !rows.has(id));
        if (needless.length > 0) await queues.finish(transaction, registry, needless);
        const early = jobs.flatMap((job) => {
          const row = rows.get(job.id);
          return row === undefined || row.behind === null ? [] : [{ ...job, orderKey: row.order_key }];
        });
        if (early.length > 0) {
          await transaction.query(release, { ids: early.map(({ id }) => id), origin });
          const notBeforeMs = nowMs() + behindMs;
          await queues.moveBehind(
            transaction,
            registry,
            early.map((job) => ({ ...job, notBeforeMs })),
          );
        }
        return jobs.flatMap((job) => {
          const row = rows.get(job.id);
          return row === undefined || row.behind !== null ? [] : [claimedOf(registry, job, row)];
        });
      }),
  };
}

function claimedOf(registry: string, job: Job, row: Row): Claimed {
  const { id, sender, service, version, state, leg, tries, content, results } = row;
  const problem = row.problem ?? undefined;
  const acceptedAtMs = row.accepted_ms;
  return { registry, job, id, sender, service, version, acceptedAtMs, state, leg, tries, problem, content, results };
}
