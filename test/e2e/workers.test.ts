/** Several processes on one port: each with a log of its own, none missed when it goes, all of them one gateway to whoever asks. */

import { rm, writeFile } from 'node:fs/promises';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { createPlace, type Place, serve } from '../support/gateway-process.ts';
import {
  type Answered,
  askOnce,
  endGateway,
  entriesByLog,
  lienthong,
  logKeys,
  pidsOf,
  renewWorkers,
  serveWorkers,
  startLoad,
} from '../support/worker-process.ts';

t.setTimeout(240_000);

/** As an auditor would. */
async function verify(place: Place): Promise<string> {
  return lienthong('log', 'verify', place.data, '--key', (await logKeys(place)).join('\n'));
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function idsIn(place: Place): Promise<Set<string>> {
  return new Set([...(await entriesByLog(place)).values()].flat().map(({ id }) => id));
}

const unrecorded = async (place: Place, answers: readonly Answered[]) => {
  const recorded = await idsIn(place);
  return answers.filter(({ id }) => !recorded.has(id)).map(({ id }) => id);
};

t.test('two workers, their replacement and their end', async (t) => {
  const place = await createPlace(t);
  const gateway = await serveWorkers(t, place);
  const seen: Answered[] = [];

  await t.test('no line of the operational log has two members of one name', async (t) => {
    const names = (line: string) => [...line.matchAll(/"(\w+)":/g)].map(([, name]) => name);
    const started = gateway.lines.filter((line) => line.includes('"the worker serves"'));
    t.equal(started.length, 2);
    for (const line of started) t.same(names(line), [...new Set(names(line))], line);
  });

  await t.test('connections are dealt out evenly, and each worker records in its own log', async (t) => {
    for (let count = 0; count < 8; count += 1) seen.push(await askOnce(place, undefined));
    t.same(new Set(seen.map(({ status }) => status)), new Set([200]));
    const logs = await entriesByLog(place);
    t.same(
      [...logs].map(([number, entries]) => [number, entries.length]),
      [
        [1, 4],
        [2, 4],
      ],
    );
  });

  await t.test('any worker proves any exchange, and serves every log', async (t) => {
    const keys = (await logKeys(place)).join('\n');
    t.match(keys, /^lienthong\.example\/gateway-1\+.*\nlienthong\.example\/gateway-1\/2\+/);
    const origins = new Set<string>();
    for (const { id, headers } of seen) {
      const { status, body } = await askOnce(place, undefined, `/v1/exchanges/${id}/receipt`);
      t.equal(status, 200);
      const { entry, checkpoint } = JSON.parse(body);
      t.equal(entry.id, id);
      origins.add(checkpoint.split('\n')[0]);
      t.equal(headers['exchange-log'], checkpoint.split('\n')[0], 'the reply named its log');
    }
    t.equal(origins.size, 2, 'receipts of both logs');
    const { body } = await askOnce(place, undefined, `/v1/exchanges/${seen[1]?.id}/receipt`);
    const receipt = `${place.data}.receipt`;
    await writeFile(receipt, body);
    t.match(await lienthong('log', 'verify-receipt', receipt, '--key', keys), /lienthong\.example\/gateway-1/);
    t.equal((await askOnce(place, undefined, `/v1/exchanges/${crypto.randomUUID()}/receipt`)).status, 404);
    const { logs } = JSON.parse((await askOnce(place, undefined, '/logs')).body);
    t.match(logs, [{ path: '/log/' }, { origin: 'lienthong.example/gateway-1/2', path: '/log/2/' }]);
    for (const [at, origin] of [
      ['', 'lienthong.example/gateway-1'],
      ['1/', 'lienthong.example/gateway-1'],
      ['2/', 'lienthong.example/gateway-1/2'],
    ]) {
      for (let asked = 0; asked < 2; asked += 1) {
        const checkpoint = await askOnce(place, undefined, `/log/${at}checkpoint`);
        t.equal(checkpoint.body.split('\n')[0], origin);
      }
      t.equal((await askOnce(place, undefined, `/log/${at}tile/0/000.p/4`)).status, 200);
    }
    t.equal((await askOnce(place, undefined, '/log/3/checkpoint')).status, 404);
  });

  await t.test('metrics and health are those of the whole', async (t) => {
    const { body } = await askOnce(place, undefined, '/metrics');
    const counts = [...body.matchAll(/^lienthong_exchanges_total\{.*outcome="ok".*worker="(\d)"\} (\d+)$/gm)];
    t.same(new Set(counts.map(([, worker]) => worker)), new Set(['1', '2']));
    t.equal(
      counts.reduce((sum, [, , count]) => sum + Number(count), 0),
      seen.length,
    );
    t.equal(body.match(/^# TYPE lienthong_exchanges_total /gm)?.length, 1);
    t.match(body, /^lienthong_worker_serving\{worker="2"\} 1$/m);
    const health = JSON.parse((await askOnce(place, undefined, '/health/ready')).body);
    t.match(health.dependencies.slice(-2), [
      { name: 'worker-1', ok: true },
      { name: 'worker-2', ok: true },
    ]);
  });

  await t.test('a rolling restart refuses, resets and loses nothing', async (t) => {
    const before = [1, 2].map((worker) => pidsOf(gateway, worker).at(-1));
    const load = startLoad(place, 4);
    await renewWorkers(gateway);
    await load.stop();
    t.same(
      load.failures.map(({ message }) => message),
      [],
    );
    t.same(new Set(load.answers.map(({ status }) => status)), new Set([200]));
    t.ok(load.answers.length > 50, `${load.answers.length} were answered meanwhile`);
    const after = [1, 2].map((worker) => pidsOf(gateway, worker).at(-1));
    t.ok(
      after.every((pid, at) => pid !== before[at]),
      'both are new processes',
    );
    t.same(await unrecorded(place, load.answers), []);
    seen.push(...load.answers);
  });

  await t.test('a faulty configuration leaves the workers as they are', async (t) => {
    const file = `${place.config}/agreements/broken.yaml`;
    await writeFile(file, 'id: 1\n');
    gateway.child.kill('SIGHUP');
    const told = await eventually(() => gateway.lines.find((line) => line.includes('are not renewed')));
    t.match(told, /broken\.yaml/);
    t.equal((await askOnce(place, undefined)).status, 200);
    await rm(file);
  });

  /** Resolves when the first one is renewed, with what resolves when all are: what is read anew has been read by then. */
  const renewingOn = async () => {
    const starts = pidsOf(gateway, 1).length;
    const done = renewWorkers(gateway);
    await eventually(() => pidsOf(gateway, 1).length > starts);
    return { done };
  };
  for (const [moment, meanwhile] of [
    ['under load', async () => ({ done: Promise.resolve() })],
    ['while all are renewed', renewingOn],
  ] as const) {
    await t.test(`a worker that is killed ${moment} takes only its own connections with it`, async (t) => {
      const load = startLoad(place, 4);
      await eventually(() => load.answers.length > 20);
      const starts = pidsOf(gateway, 2).length;
      const { done } = await meanwhile();
      process.kill(pidsOf(gateway, 2).at(-1) as number, 'SIGKILL');
      await eventually(() => pidsOf(gateway, 2).length > starts);
      await done;
      const before = (await entriesByLog(place)).get(2)?.length ?? 0;
      await eventually(async () => ((await entriesByLog(place)).get(2)?.length ?? 0) > before);
      await load.stop();
      // Those of the killed one, and in a renewal that of a caller who asked as its idle connection was closed.
      t.ok(load.failures.length <= 12, `${load.failures.length} of its connections broke`);
      const refused = load.failures.filter(({ message }) => !/ECONNRESET|socket hang up|EPIPE/.test(message));
      t.same(refused, [], 'none was refused');
      t.same(new Set(load.answers.map(({ status }) => status)), new Set([200]));
      t.same(await unrecorded(place, load.answers), []);
      t.equal(pidsOf(gateway, 2).length, starts + 1, 'it has one successor');
      seen.push(...load.answers);
    });
  }

  await t.test('SIGTERM ends all of them in order', async (t) => {
    const pids = [1, 2].map((worker) => pidsOf(gateway, worker).at(-1) as number);
    t.same(await endGateway(gateway), [0, null]);
    t.notOk(pids.some(isAlive));
    t.match(await verify(place), /gateway-1[\s\S]*gateway-1\/2/);
  });

  await t.test('one process alone goes on with the first log, and serves and proves the second', async (t) => {
    const [, second = []] = [...(await entriesByLog(place)).values()];
    const single = await serve(t, place);
    const id = second.at(-1)?.id;
    const { status, body } = await askOnce(place, undefined, `/v1/exchanges/${id}/receipt`);
    t.equal(status, 200);
    t.match(JSON.parse(body).checkpoint, /^lienthong\.example\/gateway-1\/2\n/);
    t.match((await askOnce(place, undefined, '/log/2/checkpoint')).body, /^lienthong\.example\/gateway-1\/2\n/);
    t.equal((await askOnce(place, undefined)).status, 200);
    t.same(await endGateway(single), [0, null]);
    const logs = await entriesByLog(place);
    t.equal(logs.get(2)?.length, second.length, 'nothing is recorded there');
  });

  await t.test('two again, and when their parent is killed nobody is left behind', async (t) => {
    const again = await serveWorkers(t, place);
    const pids = [1, 2].map((worker) => pidsOf(again, worker).at(-1) as number);
    for (let count = 0; count < 4; count += 1) seen.push(await askOnce(place, undefined));
    await endGateway(again, 'SIGKILL');
    await eventually(() => !pids.some(isAlive) || undefined);
    const last = await serveWorkers(t, place);
    t.equal((await askOnce(place, undefined)).status, 200);
    t.same(await unrecorded(place, seen), []);
    t.same(await endGateway(last), [0, null]);
    t.match(await verify(place), /gateway-1[\s\S]*gateway-1\/2/);
  });

  await t.test('where no worker can live, the parent ends', async (t) => {
    // The record of the keys is no longer what it was: no process may go on with that log.
    await writeFile(`${place.log}/keys.json`, 'no record');
    await t.rejects(serveWorkers(t, place), /ended with 1/);
  });
});
