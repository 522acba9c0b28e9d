/** A TCP relay in front of a server, to freeze, cut and refuse connections the way networks do, and to count them. */

import { connect, createServer, type Socket } from 'node:net';
import type { Teardown } from './servers.ts';

export interface LoopbackProxy {
  /** The server's URL, by way of the proxy. */
  readonly url: string;
  /** Connections that a client holds open. */
  connections(): number;
  /** From now on no byte passes, and nobody is told: a firewall that drops packets, a host that hangs. */
  freeze(): void;
  thaw(): void;
  /** Resets every connection; new ones are taken. */
  cut(): void;
  /** Resets every connection and refuses new ones: the server is down. */
  down(): Promise<void>;
  up(): Promise<void>;
}

export async function startLoopbackProxy(t: Teardown, targetUrl: string): Promise<LoopbackProxy> {
  const target = new URL(targetUrl);
  const near = new Set<Socket>();
  const far = new Set<Socket>();
  let frozen = false;

  const relay = (from: Socket, to: Socket, side: Set<Socket>) => {
    side.add(from);
    from.on('error', () => {});
    from.on('close', () => {
      side.delete(from);
      to.destroy();
    });
    from.pipe(to);
    if (frozen) from.pause();
  };
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    relay(client, server, near);
    relay(server, client, far);
  });
  const listen = (port: number) => new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of [...near, ...far]) socket.resetAndDestroy();
  };
  const down = async () => {
    const closed = new Promise<void>((resolve) => proxy.close(() => resolve()));
    cut();
    await closed;
  };

  await listen(0);
  const address = proxy.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  t.teardown(async () => {
    if (proxy.listening) await down();
  });
  const url = new URL(targetUrl);
  url.port = String(port);
  return {
    url: url.href,
    connections: () => near.size,
    freeze: () => {
      frozen = true;
      for (const socket of [...near, ...far]) socket.pause();
    },
    thaw: () => {
      frozen = false;
      for (const socket of [...near, ...far]) socket.resume();
    },
    cut,
    down,
    up: () => listen(port),
  };
}
