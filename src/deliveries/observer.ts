/** Who is told what becomes of pushes, and what stands in their way. */

import type { DeliveryEntry } from '../exchange/entries.ts';
import type { Problem } from '../problems.ts';

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
