/** The lines that are sent and not answered: few enough to be kept, so that a broken connection is made good from memory. */

import type { SourceLine } from './source-lines.ts';

export interface LineQueue {
  /** Sent at least once, without a result; the oldest first. */
  readonly unanswered: readonly SourceLine[];
  /** True once the source has no more. */
  readonly isRead: boolean;
  /** Resolves when another line may be read; also when `wake` is called. */
  room(): Promise<void>;
  /** The next line of the source, which counts as unanswered from now on. */
  read(): Promise<SourceLine | undefined>;
  /** Takes the oldest out: it has its result. */
  answer(): SourceLine | undefined;
  wake(): void;
}

const linesMax = 2048;
const bytesMax = 32 * 1024 * 1024;

export function createLineQueue(source: AsyncIterator<SourceLine>): LineQueue {
  const unanswered: SourceLine[] = [];
  let bytes = 0;
  let isRead = false;
  let changed = Promise.withResolvers<void>();
  const isFull = () => unanswered.length >= linesMax || bytes >= bytesMax;
  const wake = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  return {
    unanswered,
    get isRead() {
      return isRead;
    },
    async room() {
      if (isFull()) await changed.promise;
    },
    async read() {
      if (isFull()) return undefined;
      const { value, done } = await source.next();
      if (done) {
        isRead = true;
        return undefined;
      }
      unanswered.push(value);
      bytes += value.bytes.byteLength;
      return value;
    },
    answer() {
      const line = unanswered.shift();
      bytes -= line?.bytes.byteLength ?? 0;
      wake();
      return line;
    },
    wake,
  };
}
