/** Ends the process with a failure that a person can act on. */

import { ConfigError, describeFault } from '../config-reader.ts';
import { NoteError } from '../exchange-log/note/note-error.ts';
import { AccessFault } from '../exchange-log/verify/access-file.ts';
import { LogFault } from '../exchange-log/verify/log-fault.ts';

export function fail(error: unknown, exitCode = 1): never {
  if (error instanceof ConfigError) {
    process.stderr.write('The configuration has faults:\n');
    for (const fault of error.faults) process.stderr.write(`  ${describeFault(fault)}\n`);
  } else {
    process.stderr.write(`lienthong: ${explain(error)}\n`);
  }
  process.exit(exitCode);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE') return `${address}:${port} is in use by another process; choose another port with --port`;
  if (code === 'EACCES' && port !== undefined)
    return `this user may not listen on port ${port}; choose another with --port`;
  return `${explainFile(error) ?? error.message}${hintFor(error)}`;
}

/** A file that somebody named, and that cannot be read. */
function explainFile({ code, path, syscall }: NodeJS.ErrnoException): string | undefined {
  if (syscall === undefined) return undefined;
  if (code === 'EISDIR') return `${path ?? 'what was named as a file'} is a folder: name a file`;
  if (path === undefined) return undefined;
  if (code === 'ENOENT') return `${path} is not there`;
  if (code === 'ENOTDIR') return `${path} leads through a file as if it were a folder`;
  return code === 'EACCES' || code === 'EPERM' ? `this user may not use ${path} (${code})` : undefined;
}

function hintFor(error: Error): string {
  const note = error instanceof LogFault || error instanceof AccessFault ? error.cause : error;
  if (!(note instanceof NoteError && note.isOfOtherKeys)) return '';
  return '. --key may be repeated: give the key that signed, also one that was retired since';
}
