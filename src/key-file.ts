/** Reads a key that several gateways share as a file beside the configuration. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from './config-reader.ts';

const keyBytes = 32;

/** `at` is where the configuration names the file. Throws ConfigError where it holds no key. */
export async function readKeyFile(configFolder: string, keyFile: string, at: string): Promise<Uint8Array> {
  const fault = (message: string) => new ConfigError([{ file: 'gateway.yaml', at, message }]);
  const text = await readFile(path.resolve(configFolder, keyFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw fault(`cannot be read (${error.code})`);
  });
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length !== keyBytes) throw fault(`must hold ${keyBytes} bytes in base64url`);
  return key;
}
