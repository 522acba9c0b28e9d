/** Makes `dist/`: compiled sources, and the files that the compiler leaves behind. */

import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = import.meta.dirname;
const dist = path.join(root, 'dist');
const copied = new Set(['.sql', '.lua', '.json']);

rmSync(dist, { recursive: true, force: true });
const compiled = spawnSync('tsc', ['--project', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
for (const folder of ['src', 'adapters']) {
  cpSync(path.join(root, folder), path.join(dist, folder), {
    recursive: true,
    filter: (source) => path.extname(source) === '' || copied.has(path.extname(source)),
  });
}
console.log('built dist/');
