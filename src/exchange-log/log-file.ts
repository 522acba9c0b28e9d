/** The file under the exchange log: appends, syncs, and cuts off what a crash left half-written. */

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Append-only storage; what `sync` resolved for survives a power cut. */
export interface LogFile {
  append(content: Uint8Array): Promise<void>;
  /** fdatasync(2). After it has failed nothing on the file can be trusted. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenedLogFile {
  readonly file: LogFile;
  /** Whole entries found. */
  readonly entryCount: number;
  /** Bytes of a torn last entry that were cut off; such an entry was never acknowledged. */
  readonly tornBytes: number;
}

const newline = 0x0a;
const scanChunkBytes = 1 << 20;

/** Opens or makes the file, mode 0600, and leaves it ending with a whole entry. */
export async function openLogFile(path: string): Promise<OpenedLogFile> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const { entryCount, wholeBytes, sizeBytes } = await scan(handle);
    if (wholeBytes < sizeBytes) {
      await handle.truncate(wholeBytes);
      await handle.datasync();
    }
    await syncFolder(dirname(path));
    return { file: createLogFile(handle, wholeBytes), entryCount, tornBytes: sizeBytes - wholeBytes };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** fsync(2) of a new file does not cover its name: without this a power cut could take the whole log away. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function createLogFile(handle: FileHandle, startBytes: number): LogFile {
  let endBytes = startBytes;
  return {
    async append(content) {
      let written = 0;
      while (written < content.byteLength) {
        const { bytesWritten } = await handle.write(content, written, content.byteLength - written, endBytes + written);
        written += bytesWritten;
      }
      endBytes += written;
    },
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function scan(handle: FileHandle): Promise<{ entryCount: number; wholeBytes: number; sizeBytes: number }> {
  const chunk = Buffer.allocUnsafe(scanChunkBytes);
  let entryCount = 0;
  let wholeBytes = 0;
  let sizeBytes = 0;
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, scanChunkBytes, sizeBytes);
    if (bytesRead === 0) return { entryCount, wholeBytes, sizeBytes };
    const read = chunk.subarray(0, bytesRead);
    for (let at = read.indexOf(newline); at !== -1; at = read.indexOf(newline, at + 1)) {
      entryCount += 1;
      wholeBytes = sizeBytes + at + 1;
    }
    sizeBytes += bytesRead;
  }
}
