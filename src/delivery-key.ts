/** Finds the key under which accepted pushes are kept: the shared file of several gateways, or the data folder's own. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, type Configuration } from './config.ts';
import type { Keys } from './embedded/keys.ts';

const keyBytes = 32;

/** Throws ConfigError where the shared file holds no key. */
export async function readDeliveryKey({ folder, gateway }: Configuration, keys: Keys): Promise<Uint8Array> {
  const { keyFile } = gateway.deliveries;
  if (keyFile === undefined) return keys.secret('delivery');
  const fault = (message: string) => new ConfigError([{ file: 'gateway.yaml', at: '/deliveries/keyFile', message }]);
  const text = await readFile(path.resolve(folder, keyFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw fault(`cannot be read (${error.code})`);
  });
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length !== keyBytes) throw fault(`must hold ${keyBytes} bytes in base64url`);
  return key;
}
