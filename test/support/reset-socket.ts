/** Breaks a connection off as a failing network does. */

import type { Socket } from 'node:net';

/** Node cannot reset one that it is shutting down, and would wait for it at the end of the process for ever. */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
