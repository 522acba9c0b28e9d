/** Gives out the log's static files as they lie on disk, and nothing else that lies there. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { LogFile, LogFiles, OpenLogFile } from '../exchange/log-ports.ts';
import { isMissing } from './store/disk.ts';
import { layoutOf, parseTimestampName, timestampName } from './store/layout.ts';
import { parseTilePath } from './tree/tile-path.ts';

export interface ServedFilesSetup {
  readonly folder: string;
  readonly checkpoint: LogFiles['checkpoint'];
  /** Sizes of the checkpoints that have a timestamp, ascending. */
  readonly timestampSizes: () => readonly number[] | Promise<readonly number[]>;
}

const octets = 'application/octet-stream';
const mediaTypes = { tsr: 'application/timestamp-reply', checkpoint: 'text/plain; charset=utf-8' };

export function createServedFiles({ folder, checkpoint, timestampSizes }: ServedFilesSetup): LogFiles {
  const layout = layoutOf(folder);

  function kindOf(path: string): Pick<LogFile, 'readers' | 'mediaType'> | undefined {
    const timestamp = parseTimestampName(path);
    if (timestamp !== undefined) return { readers: 'everyone', mediaType: mediaTypes[timestamp.kind] };
    const address = parseTilePath(path);
    return address && { readers: address.level === 'entries' ? 'auditors' : 'everyone', mediaType: octets };
  }

  return {
    checkpoint,
    locate(path) {
      const kind = kindOf(path);
      return kind && { ...kind, open: () => openFile(layout.file(path)) };
    },
    async timestamps(after, limit) {
      const sizes = await timestampSizes();
      const start = sizes.findLastIndex((size) => size <= after) + 1;
      const page = sizes.slice(start, start + limit);
      const timestamps = page.map((size) => ({
        size,
        token: timestampName({ size, kind: 'tsr' }),
        checkpoint: timestampName({ size, kind: 'checkpoint' }),
      }));
      const isLast = start + page.length === sizes.length;
      return { timestamps, nextPage: isLast ? undefined : `timestamps?after=${page.at(-1)}&limit=${limit}` };
    },
  };
}

async function openFile(path: string): Promise<OpenLogFile | undefined> {
  try {
    const { size: bytes } = await stat(path);
    return { bytes, read: (start, end) => readBytes(path, start, end) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Opens the file when the first byte is asked for: a reader who never asks leaves nothing open. */
async function* readBytes(path: string, start: number, end: number): AsyncIterable<Uint8Array> {
  yield* createReadStream(path, { start, end });
}
