/** A gateway accepts nobody whom it cannot serve: not while it starts, and not while it ends, which it says beforehand. */

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { createTokensOf } from '../support/gateway.ts';
import { createPlace, type GatewayProcess, type Place, serve } from '../support/gateway-process.ts';
import { askService, troubledSetup } from '../support/troubled.ts';
import { type Answered, askOnce, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(120_000);

const unreadyMs = 1_500;
const consumer = 'VN/GOV/G07/social-protection';

interface Ready {
  readonly status: string;
  readonly dependencies: readonly { readonly name: string; readonly reason?: string }[];
}

/** Readiness, and an exchange, after SIGTERM. */
async function leaving(place: Place, { child }: GatewayProcess): Promise<{ ready: Ready; answers: Answered[] }> {
  child.kill('SIGTERM');
  await sleep(unreadyMs / 5);
  const { body } = await askOnce(place, undefined, '/health/ready');
  const answers = [await askOnce(place, undefined), await askOnce(place, undefined)];
  return { ready: JSON.parse(body), answers };
}

/** In flight until it is finished: half of its message is sent. Finishing it gives the answer's status. */
async function beginQuery({ url, data }: Place): Promise<{ finish(): Promise<number | undefined> }> {
  const authorization = `Bearer ${await createTokensOf(data)(consumer)}`;
  const headers = { authorization, 'x-road-client': consumer, 'content-type': 'application/json' };
  const asking = request(`${url}/r1/VN/GOV/${askService}/v1`, { method: 'POST', headers, agent: false });
  asking.write('{ "pin": ');
  await sleep(300);
  return {
    async finish() {
      asking.end('"099190000001" }');
      const [response] = (await once(asking, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    },
  };
}

for (const [workers, start] of [
  ['one process', serve],
  ['two workers', serveWorkers],
] as const) {
  t.test(`${workers}: while it starts, whoever comes is refused at once`, async (t) => {
    const place = await createPlace(t);
    const serving = start(t, place);
    const codes = new Set<string>();
    const isAnswered = async () => {
      const startedMs = performance.now();
      const answer = await fetch(`${place.url}/health/live`).catch(({ cause }) => codes.add(cause.code));
      t.ok(performance.now() - startedMs < 1_000, `${performance.now() - startedMs} ms`);
      return 'status' in answer;
    };
    await eventually(isAnswered);
    t.same([...codes], ['ECONNREFUSED']);
    await serving;
  });

  t.test(`${workers}: for a while it is unready, and serves on`, async (t) => {
    const place = await createPlace(t, { ...troubledSetup, settings: { shutdown: { unreadyMs } } });
    const gateway = await start(t, place);
    const exited = new Promise((resolve) => gateway.child.once('exit', resolve));
    const { ready, answers } = await leaving(place, gateway);
    t.equal(ready.status, 'unready');
    t.match(
      ready.dependencies.find(({ name }) => name === 'shutdown'),
      { ok: false, reason: 'stopping' },
    );
    for (const { status, headers } of answers)
      t.match({ status, headers }, { status: 200, headers: { connection: 'close' } });
    t.equal(await exited, 0);
  });

  t.test(`${workers}: while it ends, whoever comes is refused at once`, async (t) => {
    const place = await createPlace(t);
    const { child } = await start(t, place);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    await askOnce(place, undefined);
    const begun = await beginQuery(place);
    child.kill('SIGTERM');
    await sleep(200);
    for (let count = 0; count < 6; count += 1) {
      const startedMs = performance.now();
      await t.rejects(askOnce(place, undefined), { code: 'ECONNREFUSED' });
      t.ok(performance.now() - startedMs < 500);
    }
    t.equal(await begun.finish(), 200);
    t.equal(await exited, 0);
  });
}
