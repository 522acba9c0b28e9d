/** The upper bound: what Fastify does when there is nothing to do, a validated message and a constant answer of the gateway's size. */

import Fastify from 'fastify';
import { messageSchema } from './message-schema.ts';
import { listenOn, serve } from './serve.ts';

serve(async ({ path, constantAnswer }) => {
  const app = Fastify();
  app.post(path, { schema: messageSchema }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(constantAnswer),
  );
  return { opened: { url: await app.listen(listenOn) }, close: () => app.close() };
});
