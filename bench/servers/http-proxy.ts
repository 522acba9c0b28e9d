/** What a miss at a REST registry is held against: a Fastify proxy that hands everything on and checks nothing. */

import { createRequire } from 'node:module';
import path from 'node:path';
import Fastify, { type FastifyPluginAsync } from 'fastify';
import { listenOn, serve } from './serve.ts';

interface ProxyOptions {
  readonly upstream: string;
  readonly undici: { readonly connections: number; readonly pipelining: number };
}

serve(async ({ parameters }) => {
  const load = createRequire(path.join(String(parameters.modulesFolder), 'from-here.js'));
  const proxy = load('@fastify/http-proxy') as FastifyPluginAsync<ProxyOptions>;
  const app = Fastify();
  // As many connections as the gateway has.
  await app.register(proxy, { upstream: String(parameters.upstreamUrl), undici: { connections: 64, pipelining: 1 } });
  return { opened: { url: await app.listen(listenOn) }, close: () => app.close() };
});
