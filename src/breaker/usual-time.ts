/** How long a service's registry takes to answer, so that nobody waits in line for so long that the rest of the budget could not be enough. */

export interface UsualTime {
  /** Of one call: how long it took, or was given without an answer. */
  took(ms: number): void;
  /** What a call should have left when it begins, milliseconds; 0 before any call was seen. */
  readonly ms: number;
}

/** As TCP finds how long to wait for an answer (RFC 6298, section 2): the mean and four times the deviation from it. */
const meanShare = 1 / 8;
const deviationShare = 1 / 4;
const deviations = 4;

export function createUsualTime(): UsualTime {
  let mean: number | undefined;
  let deviation = 0;
  return {
    took(ms) {
      if (mean === undefined) {
        mean = ms;
        deviation = ms / 2;
        return;
      }
      deviation += (Math.abs(ms - mean) - deviation) * deviationShare;
      mean += (ms - mean) * meanShare;
    },
    get ms() {
      return mean === undefined ? 0 : mean + deviations * deviation;
    },
  };
}
