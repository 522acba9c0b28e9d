/** What a miss is held against: the least that fetches a person from the registry, one prepared SELECT by primary key. */

import Fastify from 'fastify';
import pg from 'pg';
import { messageSchema } from './message-schema.ts';
import { listenOn, serve } from './serve.ts';

const name = 'person';
const text = 'SELECT pin, status, full_name, birth_year, birth_month, birth_day, sex FROM person WHERE pin = $1';

serve(async ({ path, databaseUrl, databaseConnections }) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: databaseConnections });
  const app = Fastify();
  app.post<{ Body: { pin: string } }>(path, { schema: messageSchema }, async (request, reply) => {
    const { rows } = await pool.query({ name, text, values: [request.body.pin] });
    const answer = JSON.stringify({ found: rows.length === 1, person: rows[0] });
    return reply.type('application/json; charset=utf-8').send(answer);
  });
  return {
    opened: { url: await app.listen(listenOn) },
    close: async () => {
      await app.close();
      await pool.end();
    },
  };
});
