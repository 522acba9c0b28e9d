/** Fetches what the gateway is held against, for one run and outside the project: it is no dependency of it. */

import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from './unavailable.ts';

const run = promisify(execFile);
const fetchTimeoutMs = 120_000;

/** Installs `name@version` into the folder; its `node_modules`. Throws Unavailable. */
export async function installPackage(folder: string, specification: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const flags = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--loglevel', 'error'];
  try {
    await run('npm', ['install', '--prefix', folder, ...flags, specification], { timeout: fetchTimeoutMs });
  } catch (error) {
    throw new Unavailable(`npm does not install ${specification}: ${lastLineOf(error)}`);
  }
  return path.join(folder, 'node_modules');
}

/** A program of the system, or of its package, which is unpacked in the folder and not installed. Throws Unavailable. */
export async function findProgram(folder: string, name: string): Promise<string> {
  const places = (process.env.PATH ?? '').split(path.delimiter).concat('/usr/sbin');
  const unpacked = path.join(folder, 'unpacked');
  for (const place of places) if (await isThere(path.join(place, name))) return path.join(place, name);
  await mkdir(folder, { recursive: true });
  try {
    const { stdout } = await run('apt-get', ['download', '--print-uris', name], { cwd: folder });
    const file = /' (\S+\.deb) /.exec(stdout)?.[1] ?? '';
    await run('apt-get', ['download', name], { cwd: folder, timeout: fetchTimeoutMs });
    await run('dpkg', ['-x', path.join(folder, file), unpacked]);
  } catch (error) {
    throw new Unavailable(`${name} is not here, and apt-get does not download it: ${lastLineOf(error)}`);
  }
  for (const place of ['usr/sbin', 'usr/bin']) {
    const program = path.join(unpacked, place, name);
    if (await isThere(program)) return program;
  }
  throw new Unavailable(`the package ${name} holds no such program`);
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function lastLineOf(error: unknown): string {
  const { stderr, message } = error as Error & { readonly stderr?: string };
  return (stderr || message).trim().split('\n').at(-1) ?? '';
}
