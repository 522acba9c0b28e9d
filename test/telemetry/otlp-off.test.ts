/** Without a collector in the configuration neither OpenTelemetry's SDK nor its exporters are loaded. */

import { registerHooks } from 'node:module';
import t from 'tap';

t.setTimeout(60_000);

const loaded: string[] = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
const { startTroubledGateway, askService } = await import('../support/troubled.ts');

t.test('a gateway that sends no telemetry has no package that would', async (t) => {
  const gateway = await startTroubledGateway(t);
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const reply = await gateway.call(askService, 'G07/social-protection', { pin: '099190000001' }, { traceparent });
  t.equal(reply.status, 200);
  t.ok(loaded.some((url) => url.includes('/node_modules/fastify/')));
  t.same(
    // Its API is what prom-client needs.
    loaded.filter((url) => /\/@opentelemetry\/(?!api\/)/.test(url)),
    [],
  );
});
