/** Makes PostgreSQL's data directory on the first start, whole or not at all. */

import { type ChildProcess, spawn } from 'node:child_process';
import { chown, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedError, errorCode } from './embedded-error.ts';
import { exitOf } from './end-process.ts';
import { eachLine } from './lines.ts';
import { type Account, ownFolder, postgresEnvironment } from './postgres-account.ts';
import type { Binaries } from './postgres-binaries.ts';
import { initdbArguments } from './postgres-settings.ts';
import { createPrivate, syncFolder } from './private-file.ts';

export interface ClusterPlace {
  /** The data folder; the cluster is `postgres` in it. */
  readonly folder: string;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
}

const unfinishedPrefix = 'postgres.new-';
const outputLinesMax = 20;

export function clusterFolderIn(folder: string): string {
  return join(folder, 'postgres');
}

/** The cluster's folder, made if it is not there. Throws EmbeddedError if what is there cannot be used. */
export async function prepareCluster(place: ClusterPlace, password: string, timeoutMs: number): Promise<string> {
  await removeUnfinished(place.folder);
  const cluster = clusterFolderIn(place.folder);
  const major = await majorOf(cluster);
  if (major === undefined) return initialise(place, cluster, password, timeoutMs);
  if (major !== place.binaries.major) {
    throw new EmbeddedError(
      `${cluster} is of PostgreSQL ${major}, this gateway brings ${place.binaries.major}: ` +
        'dump its databases with the gateway that made it (pg_dump), move the folder away and load them into the new one',
    );
  }
  return cluster;
}

/** What a gateway left that was killed while it made its cluster; the folder gets its name only when it is complete. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names.filter((each) => each.startsWith(unfinishedPrefix))) {
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

async function majorOf(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  const others = await readdir(cluster).catch(() => []);
  if (others.length > 0) {
    throw new EmbeddedError(`${cluster} is not a PostgreSQL data directory: restore it from a backup or move it away`);
  }
  return undefined;
}

async function initialise(place: ClusterPlace, cluster: string, password: string, timeoutMs: number): Promise<string> {
  const { account, binaries, folder } = place;
  const unfinished = await mkdtemp(join(folder, unfinishedPrefix));
  if (account !== undefined) await chown(unfinished, account.uid, account.gid);
  const passwordFile = await openNamelessFile(join(folder, `${unfinishedPrefix}password`), password, account);
  try {
    const initdb = spawn(binaries.initdb, [...initdbArguments, '-D', ownFolder(unfinished, account)], {
      ...account,
      cwd: unfinished,
      env: postgresEnvironment(),
      stdio: [passwordFile.fd, 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    await succeeded(initdb);
  } finally {
    await passwordFile.close();
  }
  // initdb has made its files durable itself.
  await rename(unfinished, cluster);
  await syncFolder(folder);
  return cluster;
}

/** A file that only its open handle leads to, so that no crash can leave the password behind. */
async function openNamelessFile(path: string, content: string, account: Account | undefined) {
  await createPrivate(path, content);
  if (account !== undefined) await chown(path, account.uid, account.gid);
  const file = await open(path, 'r');
  await rm(path);
  return file;
}

async function succeeded(initdb: ChildProcess): Promise<void> {
  const lines: string[] = [];
  if (initdb.stdout !== null) eachLine(initdb.stdout, 1024, (line) => lines.push(line));
  if (initdb.stderr !== null) eachLine(initdb.stderr, 1024, (line) => lines.push(line));
  const how = await exitOf(initdb);
  if (how === 'exit code 0') return;
  const mend = lines.some((line) => line.includes('could not look up effective user ID'))
    ? ': give the user id of the gateway an entry in /etc/passwd'
    : '';
  throw new EmbeddedError(
    [`The embedded PostgreSQL could not be initialised (${how})${mend}`, ...lines.slice(-outputLinesMax)].join('\n'),
  );
}
