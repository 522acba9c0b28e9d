/** A TCP relay that changes what a server sends, on its way to the client. */

import { type AddressInfo, connect, createServer } from 'node:net';
import { resetSocket } from './reset-socket.ts';
import type { Teardown } from './servers.ts';

/** Resolves with the server's URL by way of the front. Where `cuts` holds, what is sent is the connection's last. */
export async function startSpoilingFront(
  t: Teardown,
  serverUrl: string,
  change: (bytes: Buffer) => Buffer,
  cuts: () => boolean = () => false,
): Promise<string> {
  const address = new URL(serverUrl);
  const serverPort = Number(address.port);
  const server = createServer((client) => {
    const registry = connect(serverPort, '127.0.0.1');
    for (const [one, other] of [
      [client, registry],
      [registry, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    client.on('data', (bytes) => registry.write(bytes));
    registry.on('data', (bytes) => {
      if (cuts()) client.write(change(bytes), () => resetSocket(client));
      else client.write(change(bytes));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => void server.close());
  address.port = String((server.address() as AddressInfo).port);
  return address.href;
}

/** One to three bytes are others; now and then the end is missing. `random` gives 0 to 1. */
export function spoilt(bytes: Buffer, random: () => number): Buffer {
  const copy = Buffer.from(bytes);
  const count = 1 + Math.floor(random() * 3);
  for (let change = 0; change < count; change += 1) {
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * (random() < 0.5 ? 8 : 256));
  }
  return random() < 0.2 ? copy.subarray(0, Math.ceil(random() * copy.length)) : copy;
}
