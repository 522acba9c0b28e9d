/** The commands about an exchange log, which need neither gateway nor configuration but the log and its key. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createProgress, describeLog, describeReceipt, type Terminal } from './cli/log-lines.ts';
import { openKeys } from './embedded/keys.ts';
import { createIdentity } from './exchange-log/identity.ts';
import { parseVerifierKey } from './exchange-log/note/keys.ts';
import { verifyReceipt } from './exchange-log/receipt.ts';
import { exportLog } from './exchange-log/verify/export-log.ts';
import { folderSource, type LogSource, urlSource } from './exchange-log/verify/log-source.ts';
import { verifyLog } from './exchange-log/verify/verify-log.ts';

/** For one file of a log on a web server. */
const fileTimeoutMs = 30_000;

export interface SourceOptions {
  readonly token?: string;
}

/** What was found, for people. Throws what `verifyLog` throws. */
export async function checkLog(
  place: string,
  options: SourceOptions & { readonly key?: string; readonly from?: string },
  terminal: Terminal,
): Promise<string> {
  const verifier = options.key === undefined ? undefined : parseVerifierKey(options.key);
  const older = options.from === undefined ? undefined : await readFile(options.from);
  const source = await sourceOf(place, options);
  const report = await verifyLog(source, { verifier, older, progress: createProgress(terminal) });
  return describeLog(report, verifier !== undefined);
}

/** Throws NoteError, ProofError. */
export async function checkReceipt(file: string, { key }: { readonly key: string }): Promise<string> {
  const verifier = parseVerifierKey(key);
  return describeReceipt(verifyReceipt(await readFile(file, 'utf8'), verifier));
}

/** Resolves early where nobody reads on. */
export async function exportTo(
  output: Writable,
  place: string,
  options: SourceOptions & { readonly from: number; readonly to?: number; readonly proofs?: boolean },
): Promise<void> {
  const { from, to, proofs = false } = options;
  const lines = exportLog(await sourceOf(place, options), { from, to, proofs });
  try {
    await pipeline(Readable.from(lines), output, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/** The key by which others check the log of a data folder. */
export async function verifierKeyOf(dataFolder: string, origin: string): Promise<string> {
  const key = await openKeys(path.join(dataFolder, 'keys')).signingKey('exchange-log');
  return createIdentity(origin, key).vkey;
}

async function sourceOf(place: string, { token }: SourceOptions): Promise<LogSource> {
  return /^https?:\/\//.test(place) ? urlSource(place, { token, timeoutMs: fileTimeoutMs }) : folderSource(place);
}
