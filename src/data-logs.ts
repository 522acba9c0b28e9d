/** Names the exchange logs of a data folder: the first lies where a single process keeps its own, each further worker has a folder. */

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { headCopyName } from './exchange-log/head-copy.ts';

/** One log and what only its writer may touch. */
export interface DataLog {
  /** Of the worker that writes it, from 1. */
  readonly number: number;
  /** Name of the log: the configured one, for further workers with `/2` and so on behind it. */
  readonly origin: string;
  /** Folder of the exchange log. */
  readonly folder: string;
  /** Copy of what the log signed last. */
  readonly headCopy: string;
  /** Keys of the people whose bodies are sealed beside this log. */
  readonly subjectKeyFile: string;
  /** Relative to the data folder; its lock says that a process has the log. */
  readonly lockFolder: string;
}

const workersFolder = 'workers';
const logFolder = 'exchange-log';

export function dataLog(dataFolder: string, origin: string, number: number): DataLog {
  const keys = path.join(dataFolder, 'keys');
  const lockFolder = `${workersFolder}/${number}`;
  if (number === 1) {
    const [headCopy, subjectKeyFile] = [path.join(keys, headCopyName), path.join(keys, 'subjects.db')];
    return { number, origin, folder: path.join(dataFolder, logFolder), headCopy, subjectKeyFile, lockFolder };
  }
  return {
    number,
    origin: `${origin}/${number}`,
    folder: path.join(dataFolder, lockFolder, logFolder),
    headCopy: path.join(keys, headCopyName.replace('.', `-${number}.`)),
    subjectKeyFile: path.join(keys, `subjects-${number}.db`),
    lockFolder,
  };
}

/** Every log that was begun, in the order of their numbers; the first one always. */
export function dataLogs(dataFolder: string, origin: string): DataLog[] {
  const folder = path.join(dataFolder, workersFolder);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const further = names
    .filter((name) => /^[1-9]\d{0,3}$/.test(name) && name !== '1')
    .map((name) => dataLog(dataFolder, origin, Number(name)))
    .filter((log) => existsSync(log.folder));
  return [dataLog(dataFolder, origin, 1), ...further.sort((a, b) => a.number - b.number)];
}

/** True where a gateway with several workers has been at work on the folder. */
export const hadWorkers = (dataFolder: string): boolean => existsSync(path.join(dataFolder, workersFolder));
