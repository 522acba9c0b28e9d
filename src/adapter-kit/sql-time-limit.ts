/** Tells the server how long a statement may take, so that what nobody waits for any more ends there too, whatever becomes of the gateway. */

/** Follows the limit of one connection. */
export interface TimeLimit {
  /** Sets the session's limit where it is not near what is left of the call's budget; undefined is the operator's own. */
  set(leftMs: number | undefined): void;
}

/** A limit that is above what is left by no more than this is left as it is: setting it anew costs a round trip. */
const slack = 1.25;

/**
 * @param limitMsMax the operator's limit, which the session begins with.
 * @param send queues the setting before the next statement; `failed` is called where the server did not take it.
 */
export function createTimeLimit(limitMsMax: number, send: (limitMs: number, failed: () => void) => void): TimeLimit {
  let currentMs: number | undefined = limitMsMax;
  return {
    set(leftMs) {
      const wantedMs = leftMs === undefined ? limitMsMax : Math.min(limitMsMax, Math.ceil(leftMs));
      if (currentMs !== undefined && currentMs >= wantedMs && currentMs <= wantedMs * slack) return;
      currentMs = wantedMs;
      send(wantedMs, () => {
        currentMs = undefined;
      });
    },
  };
}
