/** Finds the folder that holds schemas and configuration, whether this runs from the sources or from `dist`. */

import { existsSync } from 'node:fs';
import path from 'node:path';

/** The nearest folder above this file with a package.json. */
export function findProjectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}
