/** What one consumer may have of what several want, so that something is left for whoever has little, or comes next. */

/**
 * At least one.
 * @param max of which `held` are taken by now
 * @param kept of these the last ones, for consumers that have less than half of their share
 */
export function fairShare(max: number, kept: number, held: number, consumers: number): number {
  const parts = held >= max - kept ? 2 * consumers : consumers;
  return Math.max(1, Math.floor(max / parts));
}
