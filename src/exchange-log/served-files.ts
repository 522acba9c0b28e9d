/** Gives out the log's static files as they lie on disk, and nothing else that lies there. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { LogFiles, OpenLogFile } from '../exchange/ports.ts';
import { isMissing } from './store/disk.ts';
import { layoutOf } from './store/layout.ts';
import { parseTilePath } from './tree/tile-path.ts';

export interface ServedFilesSetup {
  readonly folder: string;
  readonly checkpoint: () => string;
}

export function createServedFiles({ folder, checkpoint }: ServedFilesSetup): LogFiles {
  const layout = layoutOf(folder);
  return {
    checkpoint,
    locate(path) {
      const address = parseTilePath(path);
      if (address === undefined) return undefined;
      return {
        readers: address.level === 'entries' ? 'auditors' : 'everyone',
        open: () => openFile(layout.file(path)),
      };
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
