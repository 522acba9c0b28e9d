/** Gives the measured server a core of its own and everything else another one, where the machine lets us. */

import { execFileSync } from 'node:child_process';

export interface Pinning {
  /** Core of the server under load; undefined where nothing is pinned. */
  readonly serverCore: number | undefined;
  /** Both, for what nobody sends a load to: a list as `taskset` takes it. */
  readonly bothCores: string | undefined;
  /** Why nothing is pinned. */
  readonly unpinned: string | undefined;
}

export interface CommandLine {
  readonly command: string;
  readonly arguments: readonly string[];
}

/**
 * Moves this process, and so whatever it starts, to the second core that it may use; the first one is for the server.
 * `taskset` is part of util-linux.
 */
export function pinThisProcess(): Pinning {
  let answer: string;
  try {
    answer = taskset('-cp', String(process.pid));
  } catch {
    return unpinnedBecause('taskset (util-linux) is not here');
  }
  const [serverCore, loadCore] = parseCores(answer.slice(answer.lastIndexOf(':') + 1));
  if (serverCore === undefined || loadCore === undefined) {
    return unpinnedBecause('there is no second core');
  }
  taskset('-acp', String(loadCore), String(process.pid));
  return { serverCore, bothCores: `${serverCore},${loadCore}`, unpinned: undefined };
}

export const unpinnedBecause = (unpinned: string): Pinning => {
  return { serverCore: undefined, bothCores: undefined, unpinned };
};

/** What one process may run on: a core, or a list of them as `taskset` takes it; undefined for every one that this process may. */
export type Cores = number | string | undefined;

/** The command line that runs Node with these arguments on those cores alone. */
export function onCore(core: Cores, nodeArguments: readonly string[]): CommandLine {
  return commandOnCore(core, process.execPath, nodeArguments);
}

/** The same of any program. */
export function commandOnCore(core: Cores, program: string, given: readonly string[]): CommandLine {
  if (core === undefined) return { command: program, arguments: given };
  return { command: 'taskset', arguments: ['-c', String(core), program, ...given] };
}

/** Numbers of the cores in a list as Linux prints it: `0-2,5`. */
export function parseCores(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((part) => {
      const [first = Number.NaN, last = first] = part.split('-').map((text) => Number.parseInt(text, 10));
      return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

function taskset(...parameters: string[]): string {
  return execFileSync('taskset', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
