/** What a gateway that is one worker among several has of the others. */

import type { Quota } from './exchange/ports.ts';
import type { ProcessReport } from './exchange/registry-reports.ts';
import type { Health } from './telemetry/health.ts';
import type { Siblings } from './workers/siblings.ts';

export interface Company {
  /** Of this worker, from 1. */
  readonly number: number;
  /** How many there are. */
  readonly count: number;
  readonly siblings: Siblings;
  /** Shared by all. */
  readonly quota: Quota;
  /** Of the gateway as a whole. */
  readonly health: () => Promise<readonly Health[]>;
  readonly metrics: () => Promise<string>;
  /** What each worker has of each registry. */
  readonly registries: () => Promise<readonly ProcessReport[]>;
  /** Says that this worker can serve no more and is to be replaced. */
  unfit(): void;
}
