/** Ends the process where nobody reads what it prints any more, as a shell's other tools end. */

import { fail } from './fail.ts';

/** What a shell reports of a process that SIGPIPE ended; Node ignores that signal. */
const endedByPipe = 141;

/** Whatever runs and ends on SIGTERM is told to end, so that nothing that it started is left behind. */
export function endWhenNobodyReads(running: NodeJS.Process): void {
  let isEnding = false;
  running.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fail(error);
    if (isEnding) return;
    isEnding = true;
    running.exitCode = endedByPipe;
    if (running.listenerCount('SIGTERM') === 0) running.exit();
    running.kill(running.pid, 'SIGTERM');
  });
}
