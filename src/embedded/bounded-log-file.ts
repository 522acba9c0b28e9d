/** A log that another process appends to by a handle of ours and that still never outgrows its bound. */

import { closeSync, copyFileSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import type { Log } from './log.ts';

export interface BoundedLogFile {
  /** Open for appending: hand it to `spawn`. */
  readonly fd: number;
  /** Bytes written so far, a place to read on from. */
  size(): number;
  /** The last of what was written since `offset`. */
  since(offset: number): string;
  close(): void;
}

const tailBytesMax = 8 * 1024;

/**
 * Looked after every `checkMs`: a file above `bytesMax` is copied to `<path>.1`, then emptied. Emptied, not renamed, as
 * the writer keeps its handle; what it writes between the two is lost, which a log of this kind can bear.
 */
export function openBoundedLogFile(path: string, bytesMax: number, checkMs: number, log: Log): BoundedLogFile {
  const fd = openSync(path, 'a+', 0o600);
  const turnOver = (): void => {
    try {
      if (fstatSync(fd).size <= bytesMax) return;
      copyFileSync(path, `${path}.1`);
      ftruncateSync(fd);
    } catch (error) {
      log.warn({ path, error: String(error) }, 'log file could not be turned over');
    }
  };
  turnOver();
  const timer = setInterval(turnOver, checkMs).unref();
  return {
    fd,
    size: () => fstatSync(fd).size,
    since: (offset) => {
      const { size } = fstatSync(fd);
      const start = Math.max(offset > size ? 0 : offset, size - tailBytesMax);
      const buffer = Buffer.alloc(Math.max(size - start, 0));
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, start));
    },
    close: () => {
      clearInterval(timer);
      closeSync(fd);
    },
  };
}
