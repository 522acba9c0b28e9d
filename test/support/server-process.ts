/** A server's process: started as one may, and ended, crashed or held with all processes that it has started. */

import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';

/** A network that is not this machine's own. */
export interface Within {
  /** Of the servers there. */
  readonly address: string;
  /** The command line that runs another one there; under root. */
  command(line: readonly string[]): readonly string[];
}

/** Account that a server runs under: database servers refuse to run as root. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

export interface Command {
  readonly url: string;
  readonly binary: string;
  readonly flags: readonly string[];
}

const startMsMax = 60_000;

/** Resolves when the server says that it takes connections. */
export async function launch(
  { binary, flags }: Command,
  folder: string,
  account: Account,
  within: Within | undefined,
): Promise<ChildProcess> {
  const [program = '', ...rest] = within?.command([...asAccount(account), binary, ...flags]) ?? [binary, ...flags];
  const own = within === undefined ? account : {};
  const child = spawn(program, rest, { ...own, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const endWithProcess = () => child.kill('SIGKILL');
  process.once('exit', endWithProcess);
  child.once('exit', () => process.off('exit', endWithProcess));
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (/ready (to accept|for) connections|sentinel id is/i.test(output)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`${binary} ended with code ${code} before it was ready:\n${output}`)),
    );
    setTimeout(() => reject(new Error(`${binary} was not ready in ${startMsMax} ms:\n${output}`)), startMsMax).unref();
  });
  await ready;
  return child;
}

/** What enters another network has to be root until then. */
function asAccount({ uid, gid }: Account): string[] {
  return uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'];
}

/** PostgreSQL's SIGQUIT is its immediate shutdown, which takes its children along; the others die of SIGKILL. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(child.spawnargs.some((word) => word.endsWith('/bin/postgres')) ? 'SIGQUIT' : 'SIGKILL');
  resume(child);
  await gone;
}

export async function crash(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Stopped first, so that it starts nothing while its children are looked for.
  child.kill('SIGSTOP');
  for (const pid of childrenOf(child.pid ?? 0)) signalIfThere(pid, 'SIGKILL');
  child.kill('SIGKILL');
  await gone;
}

export function pause(child: ChildProcess): void {
  child.kill('SIGSTOP');
  for (const pid of childrenOf(child.pid ?? 0)) signalIfThere(pid, 'SIGSTOP');
}

export function resume(child: ChildProcess): void {
  for (const pid of childrenOf(child.pid ?? 0)) signalIfThere(pid, 'SIGCONT');
  child.kill('SIGCONT');
}

function childrenOf(parent: number): number[] {
  return globSync('/proc/[0-9]*/stat').flatMap((file) => {
    const pid = Number(file.split('/')[2]);
    return parentOf(file) === parent ? [pid] : [];
  });
}

/** proc(5): the fourth field, behind a name in brackets that may hold anything. */
function parentOf(statFile: string): number | undefined {
  try {
    const text = readFileSync(statFile, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
