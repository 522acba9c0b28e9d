/** Says in which file the disk failed: the system's own errors about an open file leave it out. */

import type { DiskFile } from './disk.ts';

export class DiskFailure extends Error {
  override readonly name = 'DiskFailure';
  /** As the system has it, such as EIO or ENOSPC. */
  readonly code: string | undefined;
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.path = path;
    this.code = (cause as NodeJS.ErrnoException).code;
  }
}

/** The same file; what fails in it fails with a DiskFailure that has this path. */
export function namingFailures(file: DiskFile, path: string): DiskFile {
  async function named<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw new DiskFailure(path, error);
    }
  }

  return {
    write: (content, position) => named(file.write(content, position)),
    truncate: (sizeBytes) => named(file.truncate(sizeBytes)),
    sync: () => named(file.sync()),
    close: () => file.close(),
  };
}

/** The same for what SQLite says of a file; every other error as it is. */
export function namingSqliteFailure(path: string, error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR' ? new DiskFailure(path, error) : error;
}
