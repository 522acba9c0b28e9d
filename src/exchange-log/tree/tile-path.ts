/** Names the static files of a tiled log: tile coordinates and their paths as C2SP tlog-tiles writes them. */

/** Hashes in a full tile, entries in a full bundle. */
export const tileWidth = 256;

/** Levels of 256 hashes each; `entries` stands for the entries themselves, bundled as level 0 is. */
export type TileLevel = number | 'entries';

export interface TileAddress {
  readonly level: TileLevel;
  /** From 0, counted within the level. */
  readonly index: number;
  /** Hashes or entries held, 1 to 256; a tile of fewer than 256 is partial. */
  readonly width: number;
}

/** So many levels the format has; a tree of safe-integer size needs seven. */
const levelMax = 63;
const pathForm = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** `tile/0/x001/067`, or `tile/0/x001/067.p/5` for a partial tile; RangeError for what cannot be a tile. */
export function tilePath(level: TileLevel, index: number, width: number = tileWidth): string {
  if (!isTile({ level, index, width }))
    throw new RangeError(`no tile has level ${level}, index ${index}, width ${width}`);
  return `tile/${level}/${indexPath(index)}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** Undefined for everything but the one path that `tilePath` writes for a tile: a log has no second name for a file. */
export function parseTilePath(path: string): TileAddress | undefined {
  const [, level, groups, width] = pathForm.exec(path) ?? [];
  if (level === undefined || groups === undefined) return undefined;
  const address: TileAddress = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replaceAll(/[x/]/g, '')),
    width: width === undefined ? tileWidth : Number(width),
  };
  return isTile(address) && tilePath(address.level, address.index, address.width) === path ? address : undefined;
}

/** Hashes that the level has in a tree of that size: one for each full tile below. */
export function levelWidth(size: number, level: number): number {
  return Math.floor(size / tileWidth ** level);
}

/** The partial tiles of a tree of that size, level 0 first: with the full ones they are all that the tree has. */
export function partialTiles(size: number): { level: number; index: number; width: number }[] {
  const tiles = [];
  for (let level = 0; levelWidth(size, level) > 0; level++) {
    const hashes = levelWidth(size, level);
    const width = hashes % tileWidth;
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / tileWidth), width });
  }
  return tiles;
}

/** 1234067 becomes `x001/x234/067`: no folder holds more than a few thousand names. */
function indexPath(index: number): string {
  const last = String(index % 1000).padStart(3, '0');
  const rest = Math.floor(index / 1000);
  return rest === 0 ? last : `${foldersOf(rest)}/${last}`;
}

function foldersOf(index: number): string {
  return indexPath(index).replace(/\d{3}$/, 'x$&');
}

function isTile({ level, index, width }: TileAddress): boolean {
  const levelFits = level === 'entries' || isIntegerIn(level, 0, levelMax);
  return levelFits && isIntegerIn(index, 0, Number.MAX_SAFE_INTEGER) && isIntegerIn(width, 1, tileWidth);
}

function isIntegerIn(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}
