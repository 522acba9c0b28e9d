/** Copies PostgreSQL's programs to a place where the account that runs them can reach them, and where nobody else could have planted others. */

import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { EmbeddedError, errorCode } from './embedded-error.ts';

/** Why a folder cannot hold the copy. */
export interface Unusable {
  readonly unusable: string;
}

interface Entry {
  /** Relative to the folder. */
  readonly path: string;
  readonly kind: 'folder' | 'file' | 'link';
  /** Size of a file, target of a link. */
  readonly content: string;
  readonly executable: boolean;
}

const sticky = 0o1000;
const writableByOthers = 0o022;

/** The folder of the copy below `parent`, made if it is not there. Throws EmbeddedError if somebody else's is in its place. */
export async function copyBinaries(source: string, parent: string): Promise<string | Unusable> {
  if (!(await isSafeParent(parent))) return { unusable: 'other users could replace what is put there' };
  const entries = await withMissingLinks(source, await list(source));
  // A published version of a package never changes, so names and sizes tell two of them apart.
  const digest = createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 16);
  const target = join(parent, `lienthong-postgres-${digest}`);
  const state = await stateOf(target, entries);
  if (state === 'whole') return target;
  let temporary: string;
  try {
    temporary = await mkdtemp(`${target}.new-`);
  } catch (error) {
    return { unusable: errorCode(error) ?? String(error) };
  }
  try {
    await copy(source, temporary, entries);
    if (state === 'broken') await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
  } catch (error) {
    // Another gateway may have been quicker; then its copy is as good.
    if ((await stateOf(target, entries)) !== 'whole') throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return target;
}

/** A folder of ours, closed to writers, or one like /tmp where only the owner can move an entry away. */
async function isSafeParent(parent: string): Promise<boolean> {
  const found = await lstat(parent).catch(() => undefined);
  if (!found?.isDirectory()) return false;
  if (found.uid !== 0 && found.uid !== process.getuid?.()) return false;
  return (found.mode & writableByOthers) === 0 || (found.mode & sticky) !== 0;
}

async function stateOf(target: string, wanted: readonly Entry[]): Promise<'absent' | 'whole' | 'broken'> {
  const found = await lstat(target).catch(() => undefined);
  if (found === undefined) return 'absent';
  if (!found.isDirectory() || !isOurs(found)) {
    throw new EmbeddedError(`${target} was put there by somebody else, so what it holds is not run: remove it`);
  }
  return JSON.stringify(await list(target, isOurs)) === JSON.stringify(wanted) ? 'whole' : 'broken';
}

function isOurs(found: Stats): boolean {
  return found.uid === process.getuid?.() && (found.isSymbolicLink() || (found.mode & writableByOthers) === 0);
}

/** What is in a folder, at any depth, as far as `counts` says so. */
async function list(folder: string, counts: (found: Stats) => boolean = () => true): Promise<Entry[]> {
  const paths = (await readdir(folder, { recursive: true })).sort();
  const entries = await Promise.all(
    paths.map(async (path): Promise<Entry | undefined> => {
      const found = await lstat(join(folder, path));
      if (!counts(found)) return undefined;
      if (found.isDirectory()) return { path, kind: 'folder', content: '', executable: false };
      if (found.isSymbolicLink()) return linkEntry(path, await readlink(join(folder, path)));
      return { path, kind: 'file', content: String(found.size), executable: (found.mode & 0o100) !== 0 };
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}

/** Adds the links that the package's install script makes from its list, where it was not allowed to run. */
async function withMissingLinks(source: string, entries: Entry[]): Promise<Entry[]> {
  const listed = await readFile(join(source, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const paths = new Set(entries.map((entry) => entry.path));
  const missing = (JSON.parse(listed) as { source: string; target: string }[])
    .map(({ source: from, target }) => linkEntry(target.replace(/^native\//, ''), basename(from)))
    .filter((entry) => !paths.has(entry.path));
  return [...entries, ...missing].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function linkEntry(path: string, content: string): Entry {
  const leadsOut = isAbsolute(content) || normalize(join(dirname(path), content)).startsWith('..');
  if (leadsOut || normalize(path).startsWith('..')) {
    throw new EmbeddedError(`The PostgreSQL package holds a link that leads out of it: ${path}`);
  }
  return { path, kind: 'link', content, executable: false };
}

/** Modes are set, not kept: an installation under a strict umask would be closed to the account. */
async function copy(source: string, target: string, entries: readonly Entry[]): Promise<void> {
  await chmod(target, 0o755);
  for (const { path, kind, content, executable } of entries) {
    const to = join(target, path);
    if (kind === 'link') {
      await symlink(content, to);
      continue;
    }
    await (kind === 'folder' ? mkdir(to) : copyFile(join(source, path), to));
    await chmod(to, kind === 'folder' || executable ? 0o755 : 0o644);
  }
}
