/** Finds the log that a command names, and says what is there where it is none or has less than was asked for. */

import { existsSync } from 'node:fs';
import { dataLogs } from '../data-logs.ts';
import type { VerifierKey } from '../exchange-log/note/keys.ts';
import { LogFault } from '../exchange-log/verify/log-fault.ts';
import { folderSource, type LogSource, urlSource } from '../exchange-log/verify/log-source.ts';
import { lostLogs } from '../lost-logs.ts';

export interface SourceOptions {
  readonly token?: string;
  /** Of several logs in a data folder; all, or the first, where none is named. */
  readonly log?: number;
}

/** For one file of a log on a web server. */
const fileTimeoutMs = 30_000;

/** Every log of a data folder, or the one that the place is. Throws Error where it holds none, LogFault where one was lost. */
export async function sourcesOf(place: string, options: SourceOptions): Promise<LogSource[]> {
  const first = await sourceOf(place, options);
  if (!isWholeFolder(place, first, options)) return [first];
  const [lost] = await lostLogs(place, (await originOf(first)) ?? '');
  if (lost !== undefined) throw new LogFault(lost.path, lost.why);
  const further = await Promise.all(
    dataLogs(place, '')
      .slice(1)
      .map(({ folder }) => folderSource(folder)),
  );
  const begun = await Promise.all(further.map(async (source) => (await source.read('checkpoint')) !== undefined));
  return [first, ...further.filter((_source, at) => begun[at])];
}

/** A key for a log that is not in the data folder says that the log was there once. Throws LogFault. */
export async function demandAllNamed(
  place: string,
  sources: readonly LogSource[],
  { key: keys = [], ...options }: SourceOptions & { readonly key?: readonly VerifierKey[] },
): Promise<void> {
  const [first] = sources;
  if (first === undefined || !isWholeFolder(place, first, options)) return;
  const origins = await Promise.all(sources.map(originOf));
  const unmet = keys.find(({ name }) => !origins.includes(name));
  if (unmet !== undefined) throw new LogFault(unmet.name, `a key of this log was given, and ${place} has no such log`);
}

const isWholeFolder = (place: string, { folder }: LogSource, { log }: SourceOptions): boolean =>
  log === undefined && folder !== undefined && folder !== place;

/** As its checkpoint has it, whoever signed that. */
const originOf = async (source: LogSource): Promise<string | undefined> =>
  (await source.read('checkpoint'))?.toString().split('\n', 1)[0];

/** The first of several where none is named. Throws Error where the place holds no log. */
export async function sourceOf(place: string, { token, log = 1 }: SourceOptions): Promise<LogSource> {
  if (/^https?:\/\//.test(place)) {
    const source = urlSource(log === 1 ? place : `${place.replace(/\/$/, '')}/${log}`, {
      token: token === '' ? undefined : token,
      timeoutMs: fileTimeoutMs,
    });
    return demandLog(source, `${place} serves no log: that of a gateway is at its address with /log behind it`);
  }
  if (!existsSync(place)) throw new Error(`${place}: there is no such folder`);
  const folder = dataLogs(place, '').find(({ number }) => number === log)?.folder;
  if (log !== 1 && folder === undefined) throw new Error(`${place} holds no log ${log}`);
  return demandLog(
    await folderSource(log === 1 ? place : (folder as string)),
    `${place} holds no log: name the folder of one, or a data folder`,
  );
}

async function demandLog(source: LogSource, otherwise: string): Promise<LogSource> {
  if ((await source.read('checkpoint')) === undefined) throw new Error(`checkpoint: the file is missing: ${otherwise}`);
  return source;
}

/** Says on standard error where there is less than was asked for. Throws Error where there is nothing. */
export function demandRange(from: number, to: number | undefined, size: number): void {
  const held = size === 0 ? 'the log has no entries yet' : `the log has the entries 0 to ${size - 1}`;
  if (to !== undefined && to < from) throw new Error(`--to ${to} lies before --from ${from}`);
  if (from > 0 && from >= size) throw new Error(`${held}: there is none from ${from} on`);
  if (size === 0 || (to !== undefined && to >= size)) process.stderr.write(`${held}.\n`);
}
