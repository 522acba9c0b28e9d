/** The step before all others: while the log takes nothing, nothing is done that could not be recorded. */

import type { ExchangeLog } from '../ports.ts';

export interface DemandLogDependencies {
  readonly log: Pick<ExchangeLog, 'refusal'>;
}

export const demandLog =
  ({ log }: DemandLogDependencies) =>
  (): void => {
    const refusal = log.refusal();
    if (refusal !== undefined) throw refusal;
  };
