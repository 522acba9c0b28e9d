/** Runs a measurement as a command: arguments, the core that is left to it, its temporary folder, Ctrl-C, exit codes. */

import { dataOption, type Options, readArguments, UsageError, usageOf, type Values } from './arguments.ts';
import { type Pinning, pinThisProcess, unpinnedBecause } from './pinning.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface Place extends Pick<Pinning, 'serverCore' | 'bothCores'> {
  /** Closes, in reverse order, whatever the measurement opens; the folder goes last. */
  readonly stack: AsyncDisposableStack;
  /** On the disk that is to be measured. */
  readonly folder: string;
  readonly isPinned: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Command<Own extends Options> {
  readonly name: string;
  readonly options: Own;
  /** Nothing is pinned: what is measured is no single process. */
  readonly usesEveryCore?: boolean;
}

const exitCodes = { failed: 1, usage: 2, interrupted: 130 };
const everyCore = unpinnedBecause('every core is used');
const helpOption = { help: { type: 'flag', help: 'prints this' } } as const;

/** `prepare` checks what no single option can be checked for; it throws UsageError. */
export async function runCommand<Own extends Options, Prepared>(
  command: Command<Own>,
  prepare: (values: Values<Own>) => Prepared,
  work: (prepared: Prepared, place: Place) => Promise<void>,
): Promise<void> {
  const options = { ...command.options, ...dataOption, ...helpOption };
  const stopping = stopOnSignals();
  try {
    const values = readArguments(options, process.argv.slice(2)) as Values<Own & typeof dataOption & typeof helpOption>;
    if (values.help) return console.log(usageOf(command.name, options));
    const prepared = prepare(values);
    const { unpinned, ...cores } = command.usesEveryCore === true ? everyCore : pinThisProcess();
    if (unpinned !== undefined && command.usesEveryCore !== true)
      console.log(`Nothing is pinned to a core: ${unpinned}.`);
    await using stack = new AsyncDisposableStack();
    const folder = await makeTemporaryFolder(stack, values.data);
    await work(prepared, { stack, folder, ...cores, isPinned: unpinned === undefined, signal: stopping });
  } catch (error) {
    const isUsage = error instanceof UsageError;
    console.error(isUsage ? `${error.message}\n\n${usageOf(command.name, options)}` : error);
    process.exitCode = isUsage ? exitCodes.usage : exitCodes.failed;
  }
  if (stopping.aborted) process.exitCode = exitCodes.interrupted;
}

/** The second signal does not wait for anything. */
function stopOnSignals(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(exitCodes.interrupted);
      console.error('Stopping …');
      stopping.abort(new Error(`stopped by ${name}`));
    });
  }
  return stopping.signal;
}
