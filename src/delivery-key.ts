/** Finds the key under which accepted pushes are kept: the shared file of several gateways, or the data folder's own. */

import type { Configuration } from './config.ts';
import type { Keys } from './embedded/keys.ts';
import { readKeyFile } from './key-file.ts';

/** Throws ConfigError where the shared file holds no key. */
export async function readDeliveryKey({ folder, gateway }: Configuration, keys: Keys): Promise<Uint8Array> {
  const { keyFile } = gateway.deliveries;
  return keyFile === undefined ? keys.secret('delivery') : readKeyFile(folder, keyFile, '/deliveries/keyFile');
}
