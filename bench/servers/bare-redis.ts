/** What an answer kept in Redis is held against: the least that fetches one from there, one read by the person's number. */

import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { pinsOf } from '../calls.ts';
import { messageSchema } from './message-schema.ts';
import { listenOn, serve } from './serve.ts';

const keyPrefix = 'bare:';

serve(async ({ path, constantAnswer, parameters }) => {
  const redis = new Redis(String(parameters.redisUrl));
  for (const pin of pinsOf('few')) await redis.set(`${keyPrefix}${pin}`, constantAnswer);
  const app = Fastify();
  app.post<{ Body: { pin: string } }>(path, { schema: messageSchema }, async (request, reply) =>
    reply.type('application/json; charset=utf-8').send(await redis.getBuffer(`${keyPrefix}${request.body.pin}`)),
  );
  return {
    opened: { url: await app.listen(listenOn) },
    close: async () => {
      await app.close();
      await redis.quit();
    },
  };
});
