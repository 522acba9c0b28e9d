/** A parent that does not answer, stopped or starved, takes no exchange from the workers: they count by themselves, record everything and say that they are unready. */

import { Agent } from 'node:http';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { createPlace } from '../support/gateway-process.ts';
import { askService, troubledSetup } from '../support/troubled.ts';
import { type Answered, askOnce, endGateway, entriesByLog, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(120_000);

/** Soon: far below the time that a process has to answer another. */
const soonMs = 3_000;
const path = `/r1/VN/GOV/${askService}/v1`;

t.test('while the parent is stopped', async (t) => {
  const place = await createPlace(t, troubledSetup);
  const gateway = await serveWorkers(t, place);
  // Dealt in turn: one connection to each worker.
  const agents = Array.from({ length: 2 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  t.teardown(() => {
    for (const agent of agents) agent.destroy();
  });
  const ofEach = async (asked?: Parameters<typeof askOnce>[2]): Promise<Answered[]> => {
    const startedMs = performance.now();
    const answers = await Promise.all(agents.map((agent) => askOnce(place, agent, asked)));
    const tookMs = performance.now() - startedMs;
    t.ok(tookMs < soonMs, `${tookMs} ms`);
    return answers;
  };
  const logs = (await ofEach()).map(({ headers }) => headers['exchange-log']);
  t.equal(new Set(logs).size, 2, 'each worker has answered one');

  const { pid = 0 } = gateway.child;
  process.kill(pid, 'SIGSTOP');
  t.teardown(() => gateway.child.kill('SIGCONT'));
  // What was borrowed before goes back.
  await new Promise((resolve) => setTimeout(resolve, 1_500));

  await t.test('a question is answered, and a wrong message is refused for what it is', async (t) => {
    const answered = [await ofEach(), await ofEach(), await ofEach({ path, message: { pin: '1' } })].flat();
    t.same(
      answered.map(({ status }) => status),
      [200, 200, 200, 200, 422, 422],
    );
    const recorded = new Set([...(await entriesByLog(place)).values()].flat().map(({ id }) => id));
    for (const { id, headers } of answered) {
      t.ok(recorded.has(id), 'and is in the log');
      t.ok(headers['exchange-log-index']);
    }
  });

  await t.test('readiness says why not, and each tells what it knows itself', async (t) => {
    for (const { status, body } of await ofEach('/health/ready')) {
      t.equal(status, 503);
      const { status: told, dependencies } = JSON.parse(body);
      t.equal(told, 'unready');
      t.match(dependencies.at(-1), { name: 'parent', ok: false, vital: true, reason: 'silent' });
      t.match(dependencies[0], { name: 'exchange-log', ok: true });
    }
    const metrics = await ofEach('/metrics');
    for (const [at, { status, body }] of metrics.entries()) {
      t.equal(status, 200);
      t.match(body, /^lienthong_quota_counted_alone_total\{worker="[12]"\} [1-9]/m, `worker ${at} counts alone`);
      t.match(body, /^lienthong_exchanges_withheld_total\{worker="[12]"\} 0$/m);
    }
    const asked = { path: '/v1/admin/registries', role: 'operator', as: 'operator-1' } as const;
    const silent = (await ofEach(asked)).map(({ body }) => JSON.parse(body).silentWorkers);
    t.same(silent.flat().sort(), [1, 2], 'each knows nothing of the other');
  });

  await t.test('when it goes on, so does everything', async (t) => {
    gateway.child.kill('SIGCONT');
    await eventually(async () => (await askOnce(place, undefined, '/health/ready')).status === 200);
    t.same(
      (await ofEach()).map(({ status }) => status),
      [200, 200],
    );
  });
  t.same(await endGateway(gateway), [0, null]);
});
