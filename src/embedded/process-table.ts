/** Finds processes by a mark in their command line, so that a process number alone, which may long be another's, is never trusted. */

import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const outputBytesMax = 16 * 1024 * 1024;

/** Numbers of the live processes of user `uid` whose command line contains `mark`. */
export function findProcesses(uid: number, mark: string): Promise<number[]> {
  return process.platform === 'linux' ? searchProc(uid, mark) : askPs(uid, mark);
}

/** The command line is readable even where a container has taken root's right to look into other users' processes. */
async function searchProc(uid: number, mark: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const commandLine = await readFile(`/proc/${pid}/cmdline`, 'latin1');
        return commandLine.includes(mark) && (await stat(`/proc/${pid}`)).uid === uid;
      } catch {
        return false; // Ended meanwhile.
      }
    }),
  );
  return pids.filter((_, index) => found[index]).map(Number);
}

async function askPs(uid: number, mark: string): Promise<number[]> {
  const { stdout } = await run('ps', ['-axww', '-o', 'pid=,uid=,command='], { maxBuffer: outputBytesMax });
  return stdout
    .split('\n')
    .filter((line) => line.includes(mark))
    .map((line) => line.trim().split(/\s+/, 2).map(Number))
    .flatMap(([pid, owner]) => (pid !== undefined && owner === uid ? [pid] : []));
}
