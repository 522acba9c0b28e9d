/** One process for each worker, whatever ends while they are exchanged. */

import t from 'tap';
import { createSupervisor, type WorkerProcess } from '../../src/workers/supervisor.ts';
import { eventually } from '../support/eventually.ts';

interface Made extends WorkerProcess {
  readonly number: number;
  isAlive: boolean;
  prepare(): void;
  refuse(why: string): void;
  end(how: string): void;
}

/** Workers whose steps the test takes; `isQuick` takes them by itself. */
function createWorkers(count: number) {
  const made: Made[] = [];
  const told: string[] = [];
  const place = { isQuick: true };
  const supervisor = createSupervisor({
    count,
    start(number) {
      const prepared = Promise.withResolvers<void>();
      const exited = Promise.withResolvers<string>();
      const worker: Made = {
        number,
        pid: made.length,
        isAlive: true,
        prepared: prepared.promise,
        exited: exited.promise,
        prepare: () => prepared.resolve(),
        refuse(why) {
          prepared.reject(new Error(why));
          worker.end(why);
        },
        end(how) {
          worker.isAlive = false;
          prepared.reject(new Error(how));
          exited.resolve(how);
        },
        go: async () => {
          if (!worker.isAlive) throw new Error('it has ended');
        },
        drain: () => worker.end('exit code 0'),
        kill: () => worker.end('signal SIGKILL'),
      };
      if (place.isQuick) worker.prepare();
      made.push(worker);
      return worker;
    },
    limits: { restartsMax: 6, windowMs: 60_000, backoffMs: 1, backoffMsMax: 10 },
    readyTimeoutMs: 10_000,
    endTimeoutMs: 10_000,
    observer: {
      serving: () => undefined,
      ended: (number, how) => told.push(`${number} ${how}`),
      renewed: () => undefined,
      lost: () => told.push('lost'),
    },
  });
  const alive = () => made.filter(({ isAlive }) => isAlive).map(({ pid }) => pid);
  return { supervisor, made, told, place, alive };
}

type Workers = ReturnType<typeof createWorkers>;

/** Of workers that serve the first one is being renewed when `happen` does; who is started later is ready at once. */
async function renewing(count: number, happen: (workers: Workers) => void) {
  const workers = createWorkers(count);
  const { supervisor, place } = workers;
  await supervisor.begin();
  place.isQuick = false;
  const renewal = supervisor.renew();
  happen(workers);
  place.isQuick = true;
  return { ...workers, renewal };
}

t.test('a worker that dies while its successor is prepared has that one successor', async (t) => {
  const { supervisor, made, told, alive, renewal } = await renewing(2, ({ made }) => made[0]?.end('signal SIGKILL'));
  await new Promise(setImmediate);
  t.same(alive(), [1, 2], 'no other is started');
  made[2]?.prepare();
  await renewal;
  t.same(alive(), [2, 3]);
  t.same(supervisor.serving(), [1, 2]);
  t.same(told, []);
  await supervisor.close();
  t.same(alive(), []);
});

t.test('a worker that dies while another one is renewed has one successor, which needs no renewal', async (t) => {
  const { supervisor, made, told, alive, renewal } = await renewing(2, () => undefined);
  made[1]?.end('signal SIGKILL');
  await eventually(() => made.length === 4 && supervisor.serving().length === 2);
  made[2]?.prepare();
  await renewal;
  t.same(alive(), [2, 3]);
  t.same(supervisor.serving(), [1, 2]);
  t.same(told, ['2 signal SIGKILL']);
  await supervisor.close();
});

t.test('where that successor finds faults in the configuration, another one is started', async (t) => {
  const { supervisor, made, told, alive, renewal } = await renewing(1, ({ made }) => made[0]?.end('signal SIGKILL'));
  made[1]?.refuse('the configuration has faults');
  await t.rejects(renewal, /has faults/);
  await eventually(() => supervisor.serving().length === 1);
  t.same(alive(), [2]);
  t.equal(told.length, 1);
  await supervisor.close();
});

t.test('one that is unfit is replaced, also where its renewal comes to nothing', async (t) => {
  const { supervisor, made, alive, renewal } = await renewing(1, ({ supervisor }) => supervisor.replace(1));
  made[1]?.refuse('the configuration has faults');
  await t.rejects(renewal, /has faults/);
  await eventually(() => supervisor.serving().length === 1 && alive().length === 1);
  t.same(alive(), [2]);
  await supervisor.close();
});

t.test(
  'one that is being started when all are renewed is started anew: it may have read what was before',
  async (t) => {
    const { supervisor, made, place, alive } = createWorkers(2);
    await supervisor.begin();
    place.isQuick = false;
    made[0]?.end('signal SIGSEGV');
    await eventually(() => made.length === 3);
    place.isQuick = true;
    await supervisor.renew();
    await eventually(() => supervisor.serving().length === 2);
    t.notOk(made[2]?.isAlive);
    t.equal(alive().length, 2);
    await supervisor.close();
  },
);
