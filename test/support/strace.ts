/** Lets a chosen system call of a real process fail, or be the last one before SIGKILL: strace(1) injects the fault. */

export interface Injection {
  /** As strace names them, with commas; `?` before a name that not every architecture has. */
  readonly calls: string;
  /** Further ones that are only traced. */
  readonly traced?: string;
  /** `signal=KILL` before the call is made, `error=EIO` instead of it. */
  readonly fault: string;
  /** Which of these calls, from 1, each name counted by itself: `3` the third, `3+` each from the third. */
  readonly when: string;
  /** Only calls on this file; undefined for all. */
  readonly file?: string;
}

/** The command line of a Node process with these arguments; to standard error goes a line for each traced call. */
export function straceCommand({ calls, traced, fault, when, file }: Injection, nodeArguments: readonly string[]) {
  // A signal is injected only where each call stops the process; for errors those that are traced are enough.
  const speed = fault.startsWith('signal') ? [] : ['--seccomp-bpf'];
  const which = file === undefined ? [] : ['-P', file];
  const names = traced === undefined ? calls : `${calls},${traced}`;
  const faults = ['-e', `trace=${names}`, '-e', `inject=${calls}:${fault}:when=${when}`];
  // -D: the process is our child and strace its grandchild, so that signals reach it and its end is ours to see.
  return ['strace', '-D', '-f', '-qq', '-y', ...speed, ...which, ...faults, process.execPath, ...nodeArguments];
}

/** strace counts by thread: with one for the disk it counts for the process. io_uring would pass it by. */
export const straceEnvironment = { ...process.env, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' };
