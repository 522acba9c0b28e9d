/** Tells when nobody waits for a reply any more. */

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.ts';

/** Aborted when the connection closes before the reply is out; also when that has happened already. */
export const goneSignalOf = (request: FastifyRequest, reply: FastifyReply): AbortSignal =>
  goneSignal(request.raw.socket, reply.raw);

function goneSignal(socket: Socket, response: ServerResponse): AbortSignal {
  const abort = new AbortController();
  const leave = () => {
    if (response.writableFinished) return;
    abort.abort(gone());
  };
  // Not the reply's own socket: that to a pipelined request has none until those before it are out.
  if (response.destroyed || socket.destroyed) leave();
  else response.once('close', leave);
  return abort.signal;
}

export const gone = () =>
  new Problem('client-disconnected', 'The caller closed the connection before the answer was ready.');
