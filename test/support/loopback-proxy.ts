/** A TCP relay in front of a server, to freeze, cut and refuse connections the way networks do, and to count them. */

import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { resetSocket } from './reset-socket.ts';
import type { Teardown } from './servers.ts';

export interface LoopbackProxy {
  /** The server's URL, by way of the proxy. */
  readonly url: string;
  /** Connections that a client holds open. */
  connections(): number;
  /** From now on no byte passes, and nobody is told: a firewall that drops packets, a host that hangs. */
  freeze(): void;
  thaw(): void;
  /**
   * Lets the next thing that a client sends with this word in it (whatever it sends, if absent) reach the server, and resets
   * the connection in place of the server's answer.
   */
  loseAnswerTo(word?: string): void;
  /** The same for the next COMMIT on a connection on which a client has sent this word; resolves when it is lost. */
  loseCommitAfter(word: string): Promise<void>;
  /** Lets the next such thing reach the server and keeps the answer for good; resolves when the server has answered. */
  keepAnswerTo(word?: string): Promise<void>;
  /** The same for the next COMMIT on a connection on which a client has sent this word. */
  keepCommitAfter(word: string): Promise<void>;
  /** Keeps the next such thing from the server for good; resolves when it was sent. */
  holdBack(word?: string): Promise<void>;
  /** Whatever was to be lost, kept or held back and has not come yet, passes. */
  relent(): void;
  /** From now on nothing reaches the clients that have sent this word early on, and nobody is told: the way back is lost. */
  deafen(word: string): void;
  /** Resets every connection; new ones are taken. */
  cut(): void;
  /** Resets every connection and refuses new ones: the server is down. */
  down(): Promise<void>;
  up(): Promise<void>;
}

const saidCharsMax = 4096;

interface Caller {
  /** The beginning of it. */
  said: string;
  readonly client: Socket;
  readonly server: Socket;
}

interface Ambush {
  readonly word: string;
  /** What the connection has to have sent before. */
  readonly after?: string;
  spring(client: Socket, server: Socket): 'pass' | 'keep';
}

export async function startLoopbackProxy(t: Teardown, targetUrl: string): Promise<LoopbackProxy> {
  const target = new URL(targetUrl);
  const near = new Set<Socket>();
  const far = new Set<Socket>();
  const callers = new Set<Caller>();
  let frozen = false;
  let ambush: Ambush | undefined;

  const watch = (client: Socket, server: Socket) => {
    let trodden: Ambush | undefined;
    return new Transform({
      transform(chunk: Buffer, _encoding, pass) {
        if (ambush === undefined) return pass(null, chunk);
        if (ambush.after !== undefined && chunk.includes(ambush.after)) trodden = ambush;
        const isReady = ambush.after === undefined || trodden === ambush;
        if (!isReady || !chunk.includes(ambush.word)) return pass(null, chunk);
        const { spring } = ambush;
        ambush = undefined;
        return spring(client, server) === 'pass' ? pass(null, chunk) : pass();
      },
    });
  };

  const relay = (from: Socket, to: Socket, side: Set<Socket>, by?: Transform) => {
    side.add(from);
    from.on('error', () => {});
    from.on('close', () => {
      side.delete(from);
      to.destroy();
    });
    (by === undefined ? from : from.pipe(by)).pipe(to);
    if (frozen) from.pause();
  };
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const caller = { said: '', client, server };
    callers.add(caller);
    client.on('close', () => callers.delete(caller));
    client.on('data', (chunk: Buffer) => {
      if (caller.said.length < saidCharsMax) caller.said += chunk.toString('latin1');
    });
    relay(client, server, near, watch(client, server));
    relay(server, client, far);
  });
  const listen = (port: number) => new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of [...near, ...far]) resetSocket(socket);
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
    loseAnswerTo: (word = '') => {
      ambush = { word, spring: loseAnswer };
    },
    loseCommitAfter: (after) =>
      new Promise((resolve) => {
        ambush = { word: 'COMMIT', after, spring: (client, server) => loseAnswer(client, server, resolve) };
      }),
    keepAnswerTo: (word = '') =>
      new Promise((resolve) => {
        ambush = { word, spring: (client, server) => keepAnswer(client, server, resolve) };
      }),
    keepCommitAfter: (after) =>
      new Promise((resolve) => {
        ambush = { word: 'COMMIT', after, spring: (client, server) => keepAnswer(client, server, resolve) };
      }),
    holdBack: (word = '') =>
      new Promise((resolve) => {
        ambush = {
          word,
          spring: () => {
            resolve();
            return 'keep';
          },
        };
      }),
    relent: () => {
      ambush = undefined;
    },
    deafen: (word) => {
      for (const { said, client, server } of callers) {
        if (!said.includes(word)) continue;
        server.unpipe(client);
        server.resume();
      }
    },
    cut,
    down,
    up: () => listen(port),
  };
}

function loseAnswer(client: Socket, server: Socket, lost?: () => void): 'pass' {
  server.unpipe(client);
  server.once('data', () => {
    resetSocket(client);
    resetSocket(server);
    lost?.();
  });
  server.resume();
  return 'pass';
}

function keepAnswer(client: Socket, server: Socket, kept: () => void): 'pass' {
  server.unpipe(client);
  server.once('data', () => kept());
  server.resume();
  return 'pass';
}
