/** The gateway itself, on a port of its own. */

import { type GatewayParameters, openGateway } from './open-gateway.ts';
import { listenOn, serve } from './serve.ts';

serve(async (request) => {
  const gateway = await openGateway({ ...request, parameters: request.parameters as unknown as GatewayParameters });
  return {
    opened: {
      url: await gateway.listen(listenOn.host, listenOn.port),
      token: await gateway.issueToken({ id: request.client, role: 'client', lifetimeSeconds: 86_400 }),
    },
    close: () => gateway.close(),
  };
});
