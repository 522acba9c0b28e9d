/** Appends sealed records to the evidence files in group commits: each is durable before its place is told to anyone. */

import path from 'node:path';
import type { SealedPlace } from '../../exchange/entries.ts';
import type { Clock } from '../../exchange/ports.ts';
import type { Disk, DiskFile } from '../store/disk.ts';
import { evidenceFile, onDisk } from './file-name.ts';
import { keepLastNumber, readLastNumber } from './last-number.ts';

export interface EvidenceFileLimits {
  /** Size at which the next file is begun, bytes. */
  readonly fileBytes: number;
  /** Bytes waiting for the disk; beyond them exchanges are refused. */
  readonly pendingBytesMax: number;
}

export interface EvidenceFilesSetup {
  readonly disk: Disk;
  /** Of this process alone. */
  readonly folder: string;
  readonly limits: EvidenceFileLimits;
  readonly clock: Clock;
  readonly committed: (bytes: number, durationMs: number) => void;
  /** Called once, when a file could not be written. */
  readonly failed: (error: unknown) => void;
}

export interface EvidenceFiles {
  /** Resolves when the record is durable. Rejects when it cannot be, and after a failed write or sync always. */
  append(record: Buffer): Promise<SealedPlace>;
  /** Refuses what waits and all that comes. */
  stop(reason: unknown): void;
  close(): Promise<void>;
}

interface Pending {
  readonly record: Buffer;
  readonly resolve: (place: SealedPlace) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenFile {
  readonly name: string;
  readonly file: DiskFile;
  bytes: number;
}

/**
 * Begins a new file with the first record after each start: what a crash left at the end of the last one is of no
 * exchange that was recorded, and is neither read nor cut.
 */
export function createEvidenceFiles(setup: EvidenceFilesSetup): EvidenceFiles {
  const { disk, folder, limits, clock, committed, failed } = setup;
  let pending: Pending[] = [];
  let underWay: Pending[] = [];
  let pendingBytes = 0;
  let current: OpenFile | undefined;
  let lastNumber: number | undefined;
  let stopped: { readonly reason: unknown } | undefined;
  let committing: Promise<void> | undefined;

  async function commitAll(): Promise<void> {
    // One turn of the event loop: what was sealed together goes out together.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (pending.length > 0 && stopped === undefined) await commit();
    } catch (error) {
      // A failed sync may have dropped what it was to write, and a second one would not tell: never again.
      stop(error);
      failed(error);
    }
    committing = undefined;
  }

  async function commit(): Promise<void> {
    const startedMs = performance.now();
    underWay = pending;
    pending = [];
    const content = Buffer.concat(underWay.map(({ record }) => record));
    const open = await fileWithRoom();
    const firstOffset = open.bytes;
    open.bytes += content.byteLength;
    await open.file.write(content, firstOffset);
    await open.file.sync();
    if (stopped !== undefined) return;
    pendingBytes -= content.byteLength;
    let offset = firstOffset;
    for (const { record, resolve } of underWay) {
      resolve({ file: open.name, offset });
      offset += record.byteLength;
    }
    underWay = [];
    committed(content.byteLength, performance.now() - startedMs);
  }

  async function fileWithRoom(): Promise<OpenFile> {
    if (current !== undefined && current.bytes < limits.fileBytes) return current;
    await current?.file.close();
    current = undefined;
    await disk.makeFolder(folder);
    lastNumber = (lastNumber ?? (await readLastNumber(disk, folder))) + 1;
    await keepLastNumber(disk, folder, lastNumber);
    const name = evidenceFile(lastNumber, clock.nowMs());
    current = { name, file: await disk.open(path.join(folder, onDisk(name)), 'new'), bytes: 0 };
    await disk.syncFolder(folder);
    await disk.syncFolder(path.dirname(folder));
    return current;
  }

  function stop(reason: unknown): void {
    stopped ??= { reason };
    for (const { reject } of [...underWay, ...pending]) reject(stopped.reason);
    underWay = [];
    pending = [];
  }

  return {
    append(record) {
      if (stopped !== undefined) return Promise.reject(stopped.reason);
      if (pendingBytes + record.byteLength > limits.pendingBytesMax) {
        return Promise.reject(new Error(`${pendingBytes} bytes of evidence wait for the disk already`));
      }
      pendingBytes += record.byteLength;
      return new Promise((resolve, reject) => {
        pending.push({ record, resolve, reject });
        committing ??= commitAll();
      });
    },
    stop,
    async close() {
      while (committing !== undefined) await committing;
      stop(new Error('the evidence files are closed'));
      await current?.file.close();
      current = undefined;
    },
  };
}
