/** Operators see how each registry is: what went wrong last, how long it takes, whose circuit is open, what waits for it. */

import t from 'tap';
import { readReply, type TestGateway } from '../support/gateway.ts';
import { createPushPlace, until } from '../support/push-place.ts';
import { askService, fragileService, startTroubledGateway } from '../support/troubled.ts';

t.setTimeout(120_000);

const consumer = 'G07/social-protection';
const pin = '099190000001';

async function look({ url, gateway }: TestGateway, role: 'operator' | 'auditor' = 'operator') {
  const token = await gateway.issueToken({ id: 'somebody-1', role, lifetimeSeconds: 60 });
  return fetch(`${url}/v1/admin/registries`, { headers: { authorization: `Bearer ${token}` } }).then(readReply);
}

t.test('a registry that fails is told with the code and time of its last error, and no more', async (t) => {
  const gateway = await startTroubledGateway(t);
  const before = await look(gateway);
  t.equal(before.status, 200);
  t.equal(before.headers.get('cache-control'), 'no-store');
  const [untouched] = before.body.registries;
  t.match(untouched, { owner: 'VN/GOV/G18', deliveries: null });
  t.match(untouched?.processes[0], { inFlight: 0, queued: 0, lastError: undefined, latency: undefined });
  t.equal((await gateway.call(askService, consumer, { pin })).status, 200);
  for (const trouble of ['failed', 'unavailable']) {
    const { status, body } = await gateway.call(
      fragileService,
      consumer,
      { pin, trouble },
      { 'x-road-userid': 'official-1' },
    );
    t.ok(status >= 500, body.code);
  }
  const after = await look(gateway);
  const [seen] = after.body.registries[0]?.processes ?? [];
  t.match(seen?.lastError, { code: 'registry-unavailable', at: /^\d{4}-.*Z$/, service: `VN/GOV/${fragileService}` });
  const { calls, p50Ms = Number.NaN, p99Ms = Number.NaN } = seen?.latency ?? {};
  t.equal(calls, 3);
  t.ok(p50Ms <= p99Ms);
  t.equal(seen?.circuits[`VN/GOV/${fragileService}/v1`], 'open');
  t.equal(seen?.circuits[`VN/GOV/${askService}/v1`], 'closed');
  t.notMatch(JSON.stringify(after.body), pin);
  const metrics = await fetch(`${gateway.url}/metrics`).then((response) => response.text());
  t.match(metrics, /lienthong_registry_failures_total\{registry="[^"]+",code="registry-unavailable"\} 1/);
  t.match(metrics, /lienthong_registry_duration_seconds_count\{registry="[^"]+"\} 3/);
  t.match(metrics, /lienthong_disk_free_bytes \d{4,}/);
});

t.test('it is for operators only, and takes no parameters', async (t) => {
  const gateway = await startTroubledGateway(t);
  t.match((await look(gateway, 'auditor')).body, { status: 403, code: 'role-not-allowed' });
  t.equal((await fetch(`${gateway.url}/v1/admin/registries`)).status, 401);
});

t.test('pushes that wait for a registry which is down are counted, and dead letters apart', async (t) => {
  const place = await createPushPlace(t);
  const gateway = await place.gateway({ deliveries: { stockIntervalMs: 100 } });
  await gateway.start();
  await place.registry.down();
  t.equal((await gateway.push(pin, 'Số 1 phố Thử Nghiệm')).status, 202);
  const registries = () => gateway.ask('/v1/admin/registries', { role: 'operator', id: 'operator-1' });
  const { body } = await until(registries, ({ body }) => body.registries?.[0]?.processes[0]?.lastError !== undefined);
  const waiting = await until(registries, ({ body }) => body.registries[0]?.deliveries?.waiting === 1);
  t.match(body.registries[0], { name: 'population', processes: [{ deliveryCircuit: /open|closed/ }] });
  t.match(waiting.body.registries[0]?.deliveries, { waiting: 1, dead: 0, oldest: /Z$/ });
  const metrics = () => fetch(`${gateway.url()}/metrics`).then((response) => response.text());
  const standing = /lienthong_deliveries_standing\{registry="population",standing="(waiting|retrying)"\} 1/;
  t.match(await until(metrics, (text) => standing.test(text)), standing);
  await place.registry.up();
});
