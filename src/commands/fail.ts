/** Ends the process with a failure that a person can act on. */

import { ConfigError } from '../config.ts';

export function fail(error: unknown): never {
  if (error instanceof ConfigError) {
    process.stderr.write('The configuration has faults:\n');
    for (const { file, at, message } of error.faults) process.stderr.write(`  ${file} ${at}: ${message}\n`);
  } else {
    process.stderr.write(`lienthong: ${explain(error)}\n`);
  }
  process.exit(1);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE') return `${address}:${port} is in use by another process; choose another port with --port`;
  if (code === 'EACCES' && port !== undefined)
    return `this user may not listen on port ${port}; choose another with --port`;
  return error.message;
}
