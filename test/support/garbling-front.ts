/** A relay in front of a Redis that replaces one thing it answers by something else, and leaves all others as they are. */

import type { Teardown } from './servers.ts';
import { startSpoilingFront } from './spoiling-front.ts';

export interface GarblingFront {
  readonly url: string;
  /** What matches in the next answers becomes this, as often as said; gives how often it has come. */
  garble(pattern: RegExp, replacement: string, times?: number): () => number;
}

export async function startGarblingFront(t: Teardown, serverUrl: string): Promise<GarblingFront> {
  let change: (text: string) => string = (text) => text;
  const url = await startSpoilingFront(t, serverUrl, (bytes) =>
    Buffer.from(change(bytes.toString('latin1')), 'latin1'),
  );
  return {
    url,
    garble(pattern, replacement, times = Number.POSITIVE_INFINITY) {
      let done = 0;
      change = (text) => {
        if (done >= times || !pattern.test(text)) return text;
        done += 1;
        return text.replace(pattern, () => replacement);
      };
      return () => done;
    },
  };
}

/** Bytes that are answers, but not to what a gateway asks. */
export const wrongShapes = [
  '+OK\r\n',
  '$-1\r\n',
  ':1\r\n',
  '*0\r\n',
  '*2\r\n:1\r\n:2\r\n',
  '*2\r\n$3\r\nabc\r\n:2\r\n',
  '_\r\n',
];
