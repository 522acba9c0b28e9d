/** Where a log is read from that is not this process's own: a folder of files, or a web server. */

import type { Dirent } from 'node:fs';
import { opendir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TimestampPage } from '../../exchange/log-ports.ts';
import { isMissing } from '../store/disk.ts';
import { timestampName } from '../store/layout.ts';
import type { TileAddress } from '../tree/tile-path.ts';
import { tilePath, tileWidth } from '../tree/tile-path.ts';
import { askInTurn } from './ask-in-turn.ts';
import { LogFault } from './log-fault.ts';

const evidenceFolder = 'evidence';
/** The numbers of subjects, which nobody but the gateway reads. */
const derived = new Set(['subjects.db', 'subjects.db-wal', 'subjects.db-shm']);
/** White space before a folder's page, at most. */
const folderIndexStartBytes = 64;
const unread = new Set(['segments', 'unfinished', evidenceFolder]);

export interface LogSource {
  /** Undefined where there is no such file. */
  read(path: string): Promise<Buffer | undefined>;
  /** The path of every file, in no order; undefined where nobody can tell, as on a web server. */
  list(): AsyncIterable<string> | undefined;
  /** The paths of timestamps and of the checkpoints that they are for, in no order; undefined where nobody can tell. */
  listTimestamps(): AsyncIterable<string> | undefined;
  /** Folder of the log, with its write-ahead segments; undefined where they are not to be had, as on a web server. */
  readonly folder: string | undefined;
  /** Folder of the evidence files; undefined where they are not to be had, as on a web server. */
  readonly evidence: string | undefined;
  /** Files worth reading ahead. */
  readonly readAhead: number;
}

export interface UrlOptions {
  /** Bearer token of role auditor, without which a gateway keeps the entries back. */
  readonly token: string | undefined;
  /** For one file, milliseconds. */
  readonly timeoutMs: number;
}

/** The log's folder, or the data folder around it. */
export async function folderSource(folder: string): Promise<LogSource> {
  const inner = path.join(folder, 'exchange-log');
  const isDataFolder = (await readIfThere(path.join(inner, 'checkpoint'))) !== undefined;
  const root = isDataFolder ? inner : folder;
  return {
    read: (file) => readIfThere(path.join(root, file)),
    list: () => listFiles(root, ''),
    listTimestamps: () => listTimestampFiles(root),
    folder: root,
    evidence: path.join(root, evidenceFolder),
    readAhead: 4,
  };
}

/** The address below which `checkpoint` and `tile/` are: `https://gateway.example/log`. */
export function urlSource(url: string, { token, timeoutMs }: UrlOptions): LogSource {
  const base = url.endsWith('/') ? url : `${url}/`;
  const source: LogSource = {
    async read(file) {
      const response = await askInTurn(timeoutMs, () =>
        fetch(new URL(file, base), {
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
          signal: AbortSignal.timeout(timeoutMs),
        }).catch((error: Error) => {
          throw new Error(`${base}${file} cannot be read: ${error.cause ?? error.message}`, { cause: error });
        }),
      );
      if (response.ok) return Buffer.from(await response.arrayBuffer());
      await response.body?.cancel();
      if (response.status === 404) return undefined;
      const hint = response.status === 401 || response.status === 403 ? ': --token must be one of role auditor' : '';
      throw new Error(`${base}${file} is answered with ${response.status}${hint}`);
    },
    list: () => undefined,
    listTimestamps: () => listServedTimestamps(source),
    folder: undefined,
    evidence: undefined,
    readAhead: 16,
  };
  return source;
}

/** A gateway lists them page by page; a plain web server does not, or shows a folder, and then there are none to be found. */
async function* listServedTimestamps(source: LogSource): AsyncIterable<string> {
  for (let after = 0, isLast = false; !isLast; ) {
    const page = await source.read(`timestamps?after=${after}`);
    if (page === undefined || isFolderIndex(page)) return;
    const { timestamps, nextPage } = parsePage(page);
    for (const { size } of timestamps) {
      if (!(size > after)) throw new LogFault('timestamps', `${size} does not come after ${after}`);
      yield timestampName({ size, kind: 'tsr' });
      yield timestampName({ size, kind: 'checkpoint' });
      after = size;
    }
    isLast = nextPage === undefined || timestamps.length === 0;
  }
}

/** As web servers show one of their own folders: a page of HTML, or a JSON array. */
function isFolderIndex(page: Buffer): boolean {
  return /^\s*[<[]/.test(page.toString('latin1', 0, folderIndexStartBytes));
}

function parsePage(page: Buffer): TimestampPage {
  try {
    const { timestamps, nextPage } = JSON.parse(page.toString()) as TimestampPage;
    if (Array.isArray(timestamps)) return { timestamps, nextPage };
  } catch {
    // Said below: neither form is a page.
  }
  throw new LogFault('timestamps', 'it is no list of timestamps');
}

/**
 * The first `width` hashes or entries of a tile or bundle; the whole file where it is partial, else what the full one
 * holds. A partial file may be gone once the full one is there. Throws LogFault where neither is.
 */
export async function readTile(
  source: LogSource,
  { level, index, width }: TileAddress,
): Promise<{ path: string; content: Buffer }> {
  const exact = tilePath(level, index, width);
  const content = await source.read(exact);
  if (content !== undefined) return { path: exact, content };
  const full = tilePath(level, index);
  const whole = width === tileWidth ? undefined : await source.read(full);
  if (whole !== undefined) return { path: full, content: whole };
  throw new LogFault(exact, 'the file is missing');
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function* listTimestampFiles(root: string): AsyncIterable<string> {
  const folder = 'timestamps';
  try {
    for await (const { name } of await opendir(path.join(root, folder))) yield `${folder}/${name}`;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function* listFiles(root: string, folder: string): AsyncIterable<string> {
  for (const entry of await entriesOf(path.join(root, folder), folder === '')) {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (derived.has(name)) continue;
    if (!entry.isDirectory()) yield name;
    // The write-ahead log, what is on its way and sealed evidence are no part of what others read.
    else if (!unread.has(name)) yield* listFiles(root, name);
  }
}

/** A folder of partial files goes when the full one has come. */
async function entriesOf(folder: string, isDemanded: boolean): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error) && !isDemanded) return [];
    throw error;
  }
}
