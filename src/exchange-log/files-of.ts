/** Gives out the files of a log that another process writes, as they lie on disk. */

import path from 'node:path';
import type { LogFiles } from '../exchange/log-ports.ts';
import { createServedFiles } from './served-files.ts';
import { isMissing, realDisk } from './store/disk.ts';
import { layoutOf, parseTimestampName } from './store/layout.ts';

export function createFilesOf(folder: string): LogFiles {
  const layout = layoutOf(folder);
  return createServedFiles({
    folder,
    checkpoint: () => readText(layout.checkpoint),
    async timestampSizes() {
      const names = await realDisk.list(layout.timestamps).catch(noneWhereMissing);
      const known = names.map((name) => parseTimestampName(`${path.basename(layout.timestamps)}/${name}`));
      const tokens = known.filter((name) => name?.kind === 'tsr');
      return tokens.map((name) => name?.size ?? 0).sort((a, b) => a - b);
    },
  });
}

/** Undefined before the log's first checkpoint. */
async function readText(file: string): Promise<string | undefined> {
  try {
    return (await realDisk.read(file)).toString();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function noneWhereMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}
