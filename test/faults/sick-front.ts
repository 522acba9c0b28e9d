/** Stands in front of a registry and does to its connections what networks and failing servers do, until it is mended. */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { resetSocket } from '../support/reset-socket.ts';
import type { Teardown } from '../support/servers.ts';

/**
 * - `refuses`: nobody listens, and what was connected is reset
 * - `resets`: half an answer, then a reset
 * - `garbage`: bytes that are no answer
 * - `silent`: half-open: connections are taken and nothing passes; what is dead by then stays dead
 * - `slow`: a byte now and then
 */
export type Sickness = 'refuses' | 'resets' | 'garbage' | 'silent' | 'slow';

export interface SickFront {
  /** The registry's URL, by way of the front. */
  readonly url: string;
  fall(sickness: Sickness): Promise<void>;
  mend(): Promise<void>;
}

const dripMs = 50;

export async function startSickFront(t: Teardown, targetUrl: string): Promise<SickFront> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let sickness: Sickness | undefined;

  const keep = (socket: Socket, peer: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      peer.destroy();
    });
  };
  const server = createServer((client) => {
    const registry = connect(Number(target.port), target.hostname);
    keep(client, registry);
    keep(registry, client);
    let isDead = false;
    /** What nobody passes on any more. */
    const isLost = () => {
      isDead ||= sickness === 'silent';
      return isDead;
    };
    isLost();
    client.on('data', (chunk) => {
      if (!isLost()) registry.write(chunk);
    });
    const drip = createDrip(client, () => sickness === 'slow');
    registry.on('data', (chunk) => {
      if (!isLost()) giveBack(client, chunk, sickness, drip);
    });
  });
  const listen = async (port: number) => {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) resetSocket(socket);
    await closed;
  };

  const port = await listen(0);
  t.teardown(close);
  const url = new URL(targetUrl);
  url.port = String(port);
  return {
    url: url.href,
    async fall(next) {
      sickness = next;
      if (next === 'refuses') await close();
    },
    async mend() {
      sickness = undefined;
      if (!server.listening) await listen(port);
    },
  };
}

function giveBack(client: Socket, chunk: Buffer, sickness: Sickness | undefined, drip: (chunk: Buffer) => void): void {
  if (sickness === 'resets') client.write(chunk.subarray(0, chunk.length / 2), () => resetSocket(client));
  else if (sickness === 'garbage') client.write(Buffer.alloc(chunk.length, 'x'));
  else drip(chunk);
}

/** Writes at once what is given, or byte by byte while it is to be slow. */
function createDrip(to: Socket, isSlow: () => boolean): (chunk: Buffer) => void {
  let waiting = Buffer.alloc(0);
  const step = () => {
    if (to.destroyed || waiting.length === 0) return;
    const count = isSlow() ? 1 : waiting.length;
    to.write(waiting.subarray(0, count));
    waiting = waiting.subarray(count);
    if (waiting.length > 0) setTimeout(step, dripMs);
  };
  return (chunk) => {
    const isIdle = waiting.length === 0;
    waiting = Buffer.concat([waiting, chunk]);
    if (isIdle) step();
  };
}
