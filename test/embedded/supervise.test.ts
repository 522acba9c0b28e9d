import t from 'tap';
import { type RestartLimits, type Running, restartLimits, supervise } from '../../src/embedded/supervise.ts';
import { collectLog, eventually } from './fixtures/setting.ts';

const quickly: RestartLimits = { ...restartLimits, backoffMs: 1, backoffMsMax: 4 };

t.test('a restart keeps what the first start gave to its users', async (t) => {
  const { process, starts } = fakeProcess();
  const supervised = await supervise({ name: 'p', start: process, limits: quickly, log: collectLog().log });
  t.teardown(() => supervised.close());
  starts[0]?.end('signal SIGKILL');
  await eventually(() => starts[1]);
  t.strictSame(supervised.facts, { number: 1 });
  t.strictSame(
    starts.map(({ previous }) => previous),
    [undefined, { number: 1 }],
  );
});

t.test('closing while a restart is under way ends what it starts', async (t) => {
  const { process, starts } = fakeProcess();
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const start = async (previous: Facts | undefined) => {
    const running = await process(previous);
    if (previous !== undefined) await held;
    return running;
  };
  const supervised = await supervise({ name: 'p', start, limits: quickly, log: collectLog().log });
  starts[0]?.end('signal SIGKILL');
  await eventually(() => starts[1]);
  const closed = supervised.close();
  goOn();
  await closed;
  t.equal(starts.length, 2, 'and starts no other');
  t.equal(starts[1]?.stopped(), true);
});

t.test('a restart that fails is tried again, ever more slowly, until it is given up', async (t) => {
  const { log, lines } = collectLog();
  const { process, starts } = fakeProcess();
  const start = async (previous: Facts | undefined) => {
    if (previous === undefined) return process(previous);
    throw new Error('the disk is full');
  };
  const limits: RestartLimits = { restartsMax: 4, windowMs: 60_000, backoffMs: 1, backoffMsMax: 4 };
  const supervised = await supervise({ name: 'p', start, limits, log });
  starts[0]?.end('exit code 1');
  await eventually(() => lines.find(({ message }) => message.endsWith('given up')));
  t.match(lines, [
    { level: 'error', object: { process: 'p', ending: 'exit code 1', backoffMs: 1 } },
    { level: 'error', object: { process: 'p', ending: 'the disk is full', backoffMs: 2 } },
    { level: 'error', object: { ending: 'the disk is full', backoffMs: 4 } },
    { level: 'error', object: { ending: 'the disk is full', backoffMs: 4 } },
    {
      level: 'error',
      object: { ending: 'the disk is full', restartsMax: 4 },
      message: 'process keeps ending, given up',
    },
  ]);
  await supervised.close();
});

t.test('deaths that lie far apart do not add up', async (t) => {
  const { log, lines } = collectLog();
  const { process, starts } = fakeProcess();
  const limits: RestartLimits = { restartsMax: 1, windowMs: 20, backoffMs: 1, backoffMsMax: 1 };
  const supervised = await supervise({ name: 'p', start: process, limits, log });
  t.teardown(() => supervised.close());
  for (let deaths = 1; deaths <= 3; deaths += 1) {
    const started = await eventually(() => starts[deaths - 1]);
    await new Promise((resolve) => setTimeout(resolve, 40));
    started.end('exit code 1');
  }
  await eventually(() => starts[3]);
  t.notOk(lines.some(({ message }) => message.endsWith('given up')));
});

interface Facts {
  readonly number: number;
}

interface Start {
  readonly previous: Facts | undefined;
  readonly end: (how: string) => void;
  readonly stopped: () => boolean;
}

/** Starts in order, each ended by the test. */
function fakeProcess() {
  const starts: Start[] = [];
  const process = async (previous: Facts | undefined): Promise<Running<Facts>> => {
    let stopped = false;
    let end: (how: string) => void = () => undefined;
    const exited = new Promise<string>((resolve) => {
      end = resolve;
    });
    starts.push({ previous, end, stopped: () => stopped });
    const stop = async () => {
      stopped = true;
      end('stopped');
    };
    return { facts: { number: starts.length }, exited, stop };
  };
  return { process, starts };
}
