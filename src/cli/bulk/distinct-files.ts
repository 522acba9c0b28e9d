/** Keeps a file that is written from being the one that is read, however it is named: what goes on with a file cuts off its end. */

import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';

/** By what each is for. Throws Error where one is no ordinary file, or two are the same; files need not be there. */
export async function demandDistinctFiles(
  written: Readonly<Record<string, string>>,
  read: string | undefined,
): Promise<void> {
  const uses = new Map<string, string>();
  if (read !== undefined) uses.set(await placeOf(read), `the file that is sent`);
  for (const [use, file] of Object.entries(written)) {
    const found = await statOf(file);
    if (found?.isDirectory()) throw new Error(`--${use}: ${file} is a folder: name a file`);
    if (found !== undefined && !found.isFile()) throw new Error(`--${use}: ${file} is no ordinary file: name another`);
    const place = await placeOf(file);
    const other = uses.get(place);
    if (other !== undefined) throw new Error(`--${use}: ${file} is ${other} as well: name another`);
    uses.set(place, `that of --${use}`);
  }
}

/** The same for every name of a file: links of both kinds lead to it. */
async function placeOf(file: string): Promise<string> {
  const found = await statOf(file);
  if (found !== undefined) return `${found.dev}:${found.ino}`;
  const folder = await realpath(path.dirname(file)).catch(() => path.resolve(path.dirname(file)));
  return path.join(folder, path.basename(file));
}

async function statOf(file: string) {
  return stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
