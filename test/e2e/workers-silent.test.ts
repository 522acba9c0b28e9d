/** A worker that hangs costs neither readiness nor metrics their answer, and is replaced. */

import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { createPlace } from '../support/gateway-process.ts';
import { troubledSetup } from '../support/troubled.ts';
import { type Answered, askOnce, endGateway, entriesByLog, pidsOf, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(120_000);

t.test('a stopped worker', async (t) => {
  const pulse = { intervalMs: 250, timeoutMs: 500, silentMsMax: 4_000 };
  const place = await createPlace(t, { ...troubledSetup, settings: { workers: { pulse } } });
  const gateway = await serveWorkers(t, place);
  const [pid = 0] = pidsOf(gateway, 2);
  for (let count = 0; count < 4; count += 1) await askOnce(place, undefined);
  process.kill(pid, 'SIGSTOP');

  /** Of several at once, so that one is dealt to the worker that runs. */
  const underWay: Promise<Answered>[] = [];
  const firstOf = async (path: string): Promise<Answered> => {
    const asked = Array.from({ length: 3 }, () => askOnce(place, undefined, path));
    underWay.push(...asked);
    const startedMs = performance.now();
    const answer = await Promise.any(asked);
    t.ok(performance.now() - startedMs < 1_000, `${path} took ${performance.now() - startedMs} ms`);
    return answer;
  };

  await t.test('readiness and metrics answer within the time of a check, and name it', async (t) => {
    const { status, body } = await firstOf('/health/ready');
    t.equal(status, 200);
    const { status: told, dependencies } = JSON.parse(body);
    t.equal(told, 'degraded');
    t.match(dependencies.at(-1), { name: 'worker-2', ok: false, vital: false, reason: 'silent', pid });
    const metrics = await firstOf('/metrics');
    t.match(metrics.body, /^lienthong_worker_serving\{worker="1"\} 1$/m);
    t.match(metrics.body, /^lienthong_worker_serving\{worker="2"\} 0$/m);
  });

  await t.test('whoever comes meanwhile is served by the other', async (t) => {
    for (let count = 0; count < 6; count += 1) t.equal((await askOnce(place, undefined)).status, 200);
  });

  await t.test('it is killed and replaced, its log goes on, and nobody whom it had not taken is lost', async (t) => {
    await eventually(() => pidsOf(gateway, 2).length === 2);
    t.match(gateway.lines.join('\n'), /"the worker has not answered for too long and is killed"/);
    for (const { status } of await Promise.all(underWay)) t.equal(status, 200);
    const before = (await entriesByLog(place)).get(2)?.length ?? 0;
    t.equal(before, 2);
    for (let count = 0; count < 2; count += 1) await askOnce(place, undefined);
    await eventually(async () => ((await entriesByLog(place)).get(2)?.length ?? 0) > before);
    const { body } = await askOnce(place, undefined, '/health/ready');
    t.match(JSON.parse(body).dependencies.at(-1), { name: 'worker-2', ok: true });
  });

  t.same(await endGateway(gateway), [0, null]);
});
