/** One process for each worker, whatever ends while they are exchanged. */

import t from 'tap';
import { createSupervisor } from '../../src/workers/supervisor.ts';
import type { WorkerProcess } from '../../src/workers/worker-process.ts';
import { eventually } from '../support/eventually.ts';

interface Made extends WorkerProcess {
  readonly number: number;
  /** What was read last when it was started. */
  readonly has: string;
  isAlive: boolean;
  prepare(): void;
  refuse(why: string): void;
  end(how: string): void;
}

/** Workers whose steps the test takes; `isQuick` takes them by itself. */
function createWorkers(count: number) {
  const made: Made[] = [];
  const told: string[] = [];
  const place = { isQuick: true, isBroken: 0 as number | 'all', now: 'first', isFit: true };
  let read = place.now;
  const supervisor = createSupervisor({
    count,
    start(number) {
      const prepared = Promise.withResolvers<void>();
      const exited = Promise.withResolvers<string>();
      const worker: Made = {
        number,
        has: read,
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
      if (place.isBroken === number || place.isBroken === 'all') worker.refuse('no memory');
      else if (place.isQuick) worker.prepare();
      made.push(worker);
      return worker;
    },
    async reread() {
      const former = read;
      read = place.now;
      return () => {
        if (!place.isFit) read = former;
      };
    },
    limits: { windowMs: 60_000, backoffMs: 1, backoffMsMax: 10 },
    readyTimeoutMs: 10_000,
    endTimeoutMs: 10_000,
    observer: {
      serving: () => undefined,
      ended: (number, how) => told.push(`${number} ${how}`),
      renewed: () => undefined,
    },
  });
  const alive = () => made.filter(({ isAlive }) => isAlive).map(({ pid }) => pid);
  return { supervisor, made, told, place, alive };
}

type Workers = ReturnType<typeof createWorkers>;

/** Of workers that serve the first one is being renewed when `happen` does; who is started later is ready at once. */
async function renewing(count: number, happen: (workers: Workers) => void) {
  const workers = createWorkers(count);
  const { supervisor, made, place } = workers;
  await supervisor.begin();
  place.isQuick = false;
  const renewal = supervisor.renew();
  await eventually(() => made.length === count + 1);
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

t.test('however often none can be started, it is tried again, and one serves when it can', async (t) => {
  const { supervisor, made, told, place } = createWorkers(2);
  await supervisor.begin();
  place.isBroken = 'all';
  for (const worker of [...made]) worker.end('signal SIGKILL');
  await eventually(() => made.length > 30);
  t.ok(told.every((line) => /^[12] (signal SIGKILL|no memory)$/.test(line)));
  place.isBroken = 0;
  await eventually(() => supervisor.serving().length === 2);
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

/** Of two that serve the first one dies, and its successor's start is under way. */
async function starting(prepareLater = false) {
  const workers = createWorkers(2);
  const { supervisor, made, place } = workers;
  await supervisor.begin();
  place.isQuick = false;
  made[0]?.end('signal SIGSEGV');
  await eventually(() => made.length === 3);
  place.isQuick = true;
  const renewal = supervisor.renew();
  await eventually(() => made.length === 4 && supervisor.serving().length === 1);
  if (!prepareLater) made[2]?.prepare();
  return { ...workers, renewal };
}

t.test('one that is being started when all are renewed is not killed, and renewed as soon as it serves', async (t) => {
  const { supervisor, made, told, alive, renewal } = await starting();
  await renewal;
  t.same(alive(), [3, 4], 'it may have had what was before, so that it is renewed, too');
  t.same(made[2] && (await made[2].exited), 'exit code 0', 'it was told to end, not killed');
  t.same(told, ['1 signal SIGSEGV'], 'which counts as no end');
  t.same(supervisor.serving(), [1, 2]);
  await supervisor.close();
});

t.test('all are renewed only when all serve', async (t) => {
  const { supervisor, made, renewal } = await starting(true);
  let isOver = false;
  void renewal.then(() => {
    isOver = true;
  });
  await new Promise(setImmediate);
  t.notOk(isOver, 'one does not serve yet');
  made[2]?.prepare();
  await renewal;
  t.same(supervisor.serving(), [1, 2]);
  await supervisor.close();
});

t.test('where one can no longer be started at all, the renewal says so when the others are renewed', async (t) => {
  const workers = createWorkers(2);
  const { supervisor, made, place } = workers;
  await supervisor.begin();
  place.isBroken = 1;
  made[0]?.end('signal SIGSEGV');
  await t.rejects(supervisor.renew(), /worker 1 does not serve: no memory/);
  t.notOk(made[1]?.isAlive, 'the second one is renewed');
  t.same(supervisor.serving(), [2]);
  await supervisor.close();
});

t.test('who asks for a renewal while one is under way gets one more, with what there is then', async (t) => {
  const { supervisor, made, place, renewal } = await renewing(2, () => undefined);
  place.now = 'later';
  const further = [supervisor.renew(), supervisor.renew()];
  made[2]?.prepare();
  await renewal;
  await Promise.all(further);
  t.same(
    made.filter(({ isAlive }) => isAlive).map(({ number, has }) => [number, has]),
    [
      [1, 'later'],
      [2, 'later'],
    ],
  );
  t.equal(made.length, 6, 'two share the one that follows');
  await supervisor.close();
});

t.test('a renewal that comes to nothing keeps none from following it', async (t) => {
  const { supervisor, made, place, renewal } = await renewing(1, () => undefined);
  place.now = 'later';
  const further = supervisor.renew();
  made[1]?.refuse('the configuration has faults');
  await t.rejects(renewal, /has faults/);
  await further;
  t.same(
    made.filter(({ isAlive }) => isAlive).map(({ has }) => has),
    ['later'],
  );
  await supervisor.close();
});

t.test('a renewal that closing cuts short is none', async (t) => {
  const { supervisor, made, renewal } = await renewing(2, () => undefined);
  const further = supervisor.renew();
  const closing = supervisor.close();
  made[2]?.prepare();
  await t.rejects(renewal, /closing/);
  await t.rejects(further, /closing/);
  await closing;
});
