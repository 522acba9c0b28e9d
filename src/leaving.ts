/** The last while of a gateway: whoever deals to it hears that it goes before it takes nothing more. */

import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Health } from './telemetry/health.ts';

export interface Leaving {
  readonly health: () => Promise<readonly Health[]>;
  /** From now on unready, and each answer ends its connection (RFC 9112 section 9.6); resolves after `unreadyMs`. */
  begin(server: Server): Promise<void>;
}

const going: Health = { name: 'shutdown', ok: false, vital: true, reason: 'stopping' };

export function createLeaving(health: Leaving['health'], unreadyMs: number): Leaving {
  let isGoing = false;
  return {
    health: async () => (isGoing ? [...(await health()), going] : health()),
    async begin(server) {
      isGoing = true;
      // Who keeps a connection comes back on one that is dealt to somebody else.
      server.prependListener('request', (_request, response) => void response.setHeader('connection', 'close'));
      await sleep(unreadyMs);
    },
  };
}
