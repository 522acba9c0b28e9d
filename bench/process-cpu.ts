/** CPU time of processes and of the machine: where it is shared, that says more than how long anything took. */

import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessTimes {
  readonly parent: string;
  readonly ticks: number;
  /** Of children that have ended. */
  readonly endedTicks: number;
}

export type Processes = ReadonlyMap<string, ProcessTimes>;

/** Of a process and all that it has started, microseconds. Zero where there is no /proc. */
export function cpuMicrosOfTree(root: number | string): number {
  return microsOf(ticksOfTree(readProcesses(), String(root)));
}

/** Whatever runs now. */
function readProcesses(): Processes {
  const found = new Map<string, ProcessTimes>();
  for (const pid of numbersIn('/proc')) {
    const times = timesOf(pid);
    if (times !== undefined) found.set(pid, times);
  }
  return found;
}

export function ticksOfTree(processes: Processes, root: string): number {
  const children = Map.groupBy(processes, ([, { parent }]) => parent);
  const sum = (pid: string): number => {
    const own = processes.get(pid);
    if (own === undefined) return 0;
    const below = (children.get(pid) ?? []).reduce((ticks, [child]) => ticks + sum(child), 0);
    return own.ticks + own.endedTicks + below;
  };
  return sum(root);
}

/** Of all processes on all cores, and of the neighbours of a virtual machine, microseconds. Undefined where there is no /proc. */
export function machineCpuMicros(): number | undefined {
  const line = textOf('/proc/stat')?.split('\n')[0];
  return line === undefined ? undefined : microsOf(machineTicksIn(line));
}

/** proc(5), /proc/stat: user, nice, system and stolen time; interrupts serve whoever is measured, too. */
export function machineTicksIn(line: string): number {
  const [user = 0, nice = 0, system = 0, , , , , stolen = 0] = line.split(/\s+/).slice(1).map(Number);
  return user + nice + system + stolen;
}

/** The process that started another one; undefined where that has ended. */
export function parentOf(pid: number | string): string | undefined {
  return timesOf(String(pid))?.parent;
}

/** USER_HZ, which Linux promises to programs on all machines that Node runs on. */
const ticksPerSecond = 100;

const microsOf = (ticks: number) => (ticks * 1_000_000) / ticksPerSecond;

/** proc(5), /proc/pid/stat: behind the name in brackets come state, parent, and as 14th to 17th field the times. */
function timesOf(pid: string): ProcessTimes | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number);
  return { parent: fields[1] ?? '', ticks: user + system, endedTicks: endedUser + endedSystem };
}

function numbersIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    // No Linux.
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // No Linux, or a process that ended just now.
    return undefined;
  }
}
