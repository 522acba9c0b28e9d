/** Has many dead letters tried again, some at a time; of a trouble on the way it says which were set going before. */

import type { PushAction } from '../exchange/pushes.ts';
import { Problem } from '../problems.ts';

export interface ManySetup {
  readonly redeliver: (action: PushAction) => Promise<unknown>;
  /** UUIDv7. */
  readonly makeId: () => string;
}

type Wanted = Omit<PushAction, 'exchangeId'>;

/** Dead letters that are set going at a time. */
const together = 16;

/**
 * Gives the ids of those that are tried again, in the order given; left out are those that somebody else was faster with.
 * The first action has the request's own id. Throws the first other Problem, with those ids as `redelivered`.
 */
export function createRedeliverMany({ redeliver, makeId }: ManySetup) {
  return async (exchangeIds: readonly string[], action: Wanted): Promise<readonly string[]> => {
    const done: string[] = [];
    for (let at = 0; at < exchangeIds.length; at += together) {
      const some = exchangeIds.slice(at, at + together).map(async (exchangeId, nth) => {
        await redeliver({ ...action, id: at + nth === 0 ? action.id : makeId(), exchangeId });
        return exchangeId;
      });
      const ends = await Promise.allSettled(some);
      done.push(...ends.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
      const trouble = ends.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : [])).find(isTrouble);
      if (trouble !== undefined) throw withThose(trouble, done, exchangeIds.length);
    }
    return done;
  };
}

function isTrouble(error: unknown): boolean {
  return !(error instanceof Problem && error.code === 'state-conflict');
}

function withThose(trouble: unknown, redelivered: readonly string[], wanted: number): unknown {
  if (!(trouble instanceof Problem)) return trouble;
  const { code, detail, retryAfterSeconds, cause } = trouble;
  const extras = { redelivered, cause, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  return new Problem(code, `${redelivered.length} of ${wanted} are tried again, then: ${detail}`, extras);
}
