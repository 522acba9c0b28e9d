/** A TCP relay in front of a server, to freeze or cut connections the way networks do. */

import { connect, createServer, type Socket } from 'node:net';
import type { Teardown } from './servers.ts';

export interface LoopbackProxy {
  /** The server's URL, by way of the proxy. */
  readonly url: string;
  /** From now on no byte passes, and nobody is told: a firewall that drops packets, a host that hangs. */
  freeze(): void;
  thaw(): void;
  /** Resets every connection. */
  cut(): void;
}

export async function startLoopbackProxy(t: Teardown, targetUrl: string): Promise<LoopbackProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let frozen = false;
  const proxy = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (!frozen) to.destroy();
      });
      from.pipe(to);
      if (frozen) from.pause();
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    frozen = false;
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  });
  const address = proxy.address();
  const url = new URL(targetUrl);
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return {
    url: url.href,
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw: () => {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}
