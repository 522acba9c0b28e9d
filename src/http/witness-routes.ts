/** The two addresses of a witness (C2SP tlog-witness): logs submit checkpoints, anyone reads what was cosigned last. */

import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Witness, WitnessAnswer } from '../exchange/log-ports.ts';

const plainText = 'text/plain; charset=utf-8';
const checkpointMaxAgeSeconds = 1;
const nothing = new Uint8Array(0);

/** As the specification maps them. */
const statusOf = { malformed: 400, 'not-signed': 403, 'unknown-log': 404, 'not-consistent': 422 } as const;

export function registerWitnessRoutes(app: FastifyInstance, witness: Witness): void {
  app.removeAllContentTypeParsers();
  // The specification names no media type for the request.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.post('/add-checkpoint', async (request, reply) => {
    const answer = await witness.addCheckpoint(request.body instanceof Uint8Array ? request.body : nothing);
    reply.header('cache-control', 'no-store');
    return sendAnswer(reply, answer);
  });

  app.get<{ Params: { originHash: string } }>('/:originHash/checkpoint', async (request, reply) => {
    const checkpoint = witness.checkpoint(request.params.originHash);
    if (checkpoint === undefined) return reply.code(404).type(plainText).send('no such log was cosigned here\n');
    return reply.header('cache-control', `public, max-age=${checkpointMaxAgeSeconds}`).type(plainText).send(checkpoint);
  });
}

function sendAnswer(reply: FastifyReply, answer: WitnessAnswer): FastifyReply {
  if (answer.kind === 'cosigned') return reply.type(plainText).send(answer.lines);
  // The media type is a part of the protocol: without a charset.
  if (answer.kind === 'conflict') return sendSize(reply, answer.size);
  return reply.code(statusOf[answer.kind]).type(plainText).send(`${answer.reason}\n`);
}

function sendSize(reply: FastifyReply, size: number): FastifyReply {
  return reply
    .code(409)
    .type('text/x.tlog.size')
    .send(Buffer.from(`${size}\n`));
}
