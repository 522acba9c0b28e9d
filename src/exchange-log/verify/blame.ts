/** Decides which of two files that disagree is the changed one, by what stands above them in the tree. */

import type { ParsedCheckpoint } from '../note/checkpoint.ts';
import { hashBytes, nodeHash } from '../tree/hash.ts';
import { rootAt } from '../tree/proof.ts';
import type { TileReader } from '../tree/stored-hashes.ts';
import { type TileAddress, tilePath, tileWidth } from '../tree/tile-path.ts';
import { LogFault } from './log-fault.ts';
import { type LogSource, readTile } from './log-source.ts';

export interface Disagreement {
  readonly source: LogSource;
  readonly checkpoint: ParsedCheckpoint;
  /** Of the tile. */
  readonly at: TileAddress & { readonly level: number };
  readonly path: string;
  /** Hashes in the tile. */
  readonly stored: Buffer;
  /** Hashes of what lies below it. */
  readonly computed: Buffer;
}

/** Names the first entry or hash that differs, in the file that does not fit what stands above. */
export async function blame(disagreement: Disagreement): Promise<LogFault> {
  const { at, path, stored, computed } = disagreement;
  const ordinal = firstDifference(stored, computed);
  const index = at.index * tileWidth + ordinal;
  if (at.level === 0 && (await fitsAbove(disagreement, stored))) {
    const bundle = path.replace('tile/0/', 'tile/entries/');
    return new LogFault(bundle, `entry ${index} (${ordinal} of the bundle) is not the one that was recorded`);
  }
  const below = at.level === 0 ? `entry ${index}` : tilePath(at.level - 1, index);
  return new LogFault(path, `hash ${ordinal} of the tile is not that of ${below}`);
}

function firstDifference(stored: Buffer, computed: Buffer): number {
  for (let byte = 0; byte < stored.byteLength; byte += 1) {
    if (stored[byte] !== computed[byte]) return Math.floor(byte / hashBytes);
  }
  throw new Error('the tiles do not differ');
}

/** A full tile must hash to what stands for it in the tile above; a partial one must lead to the checkpoint's root. */
async function fitsAbove({ source, checkpoint, at }: Disagreement, hashes: Buffer): Promise<boolean> {
  try {
    if (at.width < tileWidth) return await leadsToRoot(source, checkpoint, at, hashes);
    const above = { level: at.level + 1, index: Math.floor(at.index / tileWidth) };
    const ordinal = at.index % tileWidth;
    const width = Math.min(tileWidth, Math.floor(checkpoint.size / tileWidth ** above.level) - above.index * tileWidth);
    const { content } = await readTile(source, { ...above, width });
    return content.subarray(ordinal * hashBytes, (ordinal + 1) * hashBytes).equals(hashOf(hashes));
  } catch {
    // What stands above is missing or unreadable too, and settles nothing.
    return false;
  }
}

async function leadsToRoot(
  source: LogSource,
  { size, root }: ParsedCheckpoint,
  at: Disagreement['at'],
  hashes: Buffer,
): Promise<boolean> {
  const reader: TileReader = {
    async tile(level, index, width) {
      if (level === at.level && index === at.index) return hashes.subarray(0, width * hashBytes);
      return (await readTile(source, { level, index, width })).content.subarray(0, width * hashBytes);
    },
  };
  return (await rootAt(reader, size)).equals(root);
}

/** Root of the 256 hashes of a full tile. */
function hashOf(hashes: Buffer): Buffer {
  if (hashes.byteLength === hashBytes) return hashes;
  const half = hashes.byteLength / 2;
  return nodeHash(hashOf(hashes.subarray(0, half)), hashOf(hashes.subarray(half)));
}
