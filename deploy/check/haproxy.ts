/** Has HAProxy itself check its configuration, on machines that have it. */

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export async function checkHaproxy(folder: string): Promise<string[]> {
  try {
    await run('haproxy', ['-c', '-q', '-f', path.join(folder, 'haproxy/haproxy.cfg')]);
    return [];
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { readonly stderr?: string };
    if (code !== 'ENOENT') return [`haproxy.cfg: ${stderr}`];
    console.error('haproxy.cfg is not checked: there is no haproxy on this machine');
    return [];
  }
}
