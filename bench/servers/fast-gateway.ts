/** A gateway of the same platform, which hands everything on. */

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { listenOn, serve } from './serve.ts';

interface Route {
  readonly prefix: string;
  readonly target: string;
}

type FastGateway = (options: { readonly server: object; readonly routes: readonly Route[] }) => unknown;
type Restana = (options: object) => { readonly handle: RequestListener };

serve(async ({ parameters }) => {
  const load = createRequire(path.join(String(parameters.modulesFolder), 'from-here.js'));
  const restana = (load('restana') as Restana)({});
  const open = load('fast-gateway') as FastGateway;
  open({ server: restana, routes: [{ prefix: '', target: String(parameters.upstreamUrl) }] });
  const server = createServer(restana.handle).listen(listenOn.port, listenOn.host);
  await once(server, 'listening');
  return {
    opened: { url: `http://${listenOn.host}:${(server.address() as AddressInfo).port}` },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
});
