/** What a gateway that is one worker among several has of the others. */

import type { Lease, LeaseRequest } from './quota/quota-lender.ts';
import type { WholeFromWorker } from './whole-from-worker.ts';
import type { Siblings } from './workers/siblings.ts';

export interface Company {
  /** Of this worker, from 1. */
  readonly number: number;
  /** How many there are. */
  readonly count: number;
  readonly siblings: Siblings;
  /** Of the one bucket of an agreement, shared by all. Rejects with ChannelGone. */
  readonly lend: (request: LeaseRequest) => Promise<Lease>;
  /** The gateway as those see it who ask this worker. */
  readonly whole: WholeFromWorker;
}
