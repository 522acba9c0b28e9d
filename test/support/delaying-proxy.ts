/** A TCP relay behind which every answer takes a while longer. */

import { type AddressInfo, connect, createServer } from 'node:net';
import type { Teardown } from './servers.ts';

/** Resolves with the server's URL by way of the proxy. */
export async function startDelayingProxy(t: Teardown, serverUrl: string, delayMs: number): Promise<string> {
  const { hostname, port } = new URL(serverUrl);
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    client.pipe(server);
    server.on('data', (chunk) => {
      setTimeout(() => client.writable && client.write(chunk), delayMs);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => void proxy.close());
  const url = new URL(serverUrl);
  url.port = String((proxy.address() as AddressInfo).port);
  return url.href;
}
