/** Says at once of almost every request that it repeats no header, so that only the others are searched for which one. */

import type { IncomingHttpHeaders } from 'node:http';

/**
 * False only where no name stands twice, in whatever case. `headers` has one member for each name that Node took;
 * `rawHeaders` are names and values in turn, as received.
 */
export function mayRepeatNames(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): boolean {
  let names = 0;
  for (const _name in headers) names += 1;
  return names * 2 !== rawHeaders.length;
}
