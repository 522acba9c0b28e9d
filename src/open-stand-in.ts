/** Stands an HTTP server beside the parent's socket for connections that no worker takes; as careful with them as a worker is. */

import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { hygienicServerOptions } from './http/hygiene.ts';
import { createStandIn, type StandInDependencies } from './http/stand-in.ts';
import type { Offer } from './offer.ts';
import { openDoor } from './workers/door.ts';

export interface OpenStandIn {
  /** Answers what comes on it. */
  enter(socket: Socket): void;
  close(): Promise<void>;
}

/** What it refuses is in no log. */
export async function openStandIn(
  { configuration }: Offer,
  how: Omit<StandInDependencies, 'retryAfterSeconds'>,
): Promise<OpenStandIn> {
  const { http, overload, shutdown } = configuration.gateway;
  const listener = createStandIn({ ...how, retryAfterSeconds: overload.retryAfterSeconds });
  const door = await openDoor(createServer(hygienicServerOptions(http).http, listener), http.connectionsMax);
  return {
    enter(socket) {
      door.enter(socket);
      // The dealer read nothing of it.
      socket.resume();
    },
    close: () => door.close({ idleMs: 0, graceMs: shutdown.graceMs }),
  };
}
