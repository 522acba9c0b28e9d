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
  if (response.destroyed || socket.destroyed) leave();
  else response.once('close', leave);
  // The reply to a pipelined request has the connection only when those before it are out, and hears nothing until then.
  if (response.socket === null) {
    // As many as may be pipelined, `http.pipelinedRequestsMax`.
    socket.setMaxListeners(0).once('close', leave);
    response.once('close', () => socket.off('close', leave));
  }
  return abort.signal;
}

export const gone = () =>
  new Problem('client-disconnected', 'The caller closed the connection before the answer was ready.');
