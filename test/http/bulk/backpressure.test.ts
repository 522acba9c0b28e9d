/** However many lines come, only so many are under way: a reader that is behind holds up the sender, and memory stays as it is. */

import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { askLine, askTarget, type BulkLine, openBulk, pin, resultLines } from '../../support/bulk-client.ts';
import { eventually } from '../../support/eventually.ts';
import { watchDisk } from '../../support/log-disk-fixture.ts';
import { startTroubledGateway } from '../../support/troubled.ts';

t.setTimeout(180_000);

t.test('a reader that is behind holds up the sender, and nothing is lost', async (t) => {
  const lines = 6000;
  const inFlightMax = 100;
  // Lines are held back for the reader only, not for a machine that has other work.
  const overload = { loopDelayMsMax: 10_000 };
  const bulk = { inFlightMax, refusedInRowMax: lines + 1 };
  const gateway = await startTroubledGateway(t, { settings: { bulk, overload } });
  const { request, response } = openBulk(await askTarget(gateway));
  // Lines and results are long, so that few of them fit into what lies between the two ends.
  const wrong = Object.fromEntries(Array.from({ length: 45 }, (_one, index) => [`unknown${index}`, 1]));
  const sendAll = async () => {
    for (let line = 1; line <= lines; line += 1) {
      const text = `${JSON.stringify({ id: `q-${line}`, message: { pin, ...wrong } })}${' '.repeat(4000)}\n`;
      if (!request.write(text)) await new Promise<void>((resolve) => request.once('drain', resolve));
    }
    request.end();
  };
  const sending = sendAll();
  const answer = await response;
  let recorded = 0;
  await eventually(async () => {
    const before = recorded;
    recorded = (await gateway.entries()).length;
    return recorded > 0 && recorded === before;
  });
  await sleep(300);
  t.equal((await gateway.entries()).length, recorded, 'nothing goes on while nobody reads');
  t.ok(recorded < lines / 2, `${recorded} lines are carried out`);
  t.ok(request.writableNeedDrain, 'the sender is held up');
  let expected = 0;
  for await (const result of resultLines(answer)) {
    expected += 1;
    if (result.done !== undefined) t.match(result, { done: true, lines, byStatus: { 422: lines } });
    else if (result.line !== expected || result.id !== `q-${expected}`) t.fail(`line ${expected} is ${result.line}`);
  }
  await sending;
  t.equal(expected, lines + 1);
});

t.test('a reader that reads nothing loses its connection', async (t) => {
  const gateway = await startTroubledGateway(t, { settings: { bulk: { idleMs: 300 } } });
  const { request, response } = openBulk(await askTarget(gateway));
  const closed = new Promise((resolve) => request.once('close', resolve));
  const wrong = Object.fromEntries(Array.from({ length: 45 }, (_one, index) => [`unknown${index}`, 1]));
  const text = `${JSON.stringify({ message: wrong })}\n`.repeat(500);
  const answer = await response;
  answer.on('error', () => undefined);
  request.on('error', () => undefined);
  for (let times = 0; times < 100 && !request.destroyed; times += 1) {
    if (!request.write(text)) await Promise.race([closed, new Promise((resolve) => request.once('drain', resolve))]);
  }
  await closed;
  t.notOk(answer.complete, 'the answer has no end');
});

t.test('twenty thousand lines leave the heap as it was', async (t) => {
  const lines = 20_000;
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  const heapMiB = () => {
    collect();
    return process.memoryUsage().heapUsed / 1024 / 1024;
  };
  const gateway = await startTroubledGateway(t);
  const { request, response } = openBulk(await askTarget(gateway));
  const sendAll = async () => {
    for (let line = 1; line <= lines; line += 1) {
      const text = `${JSON.stringify(askLine(`q-${line}`))}\n`;
      if (!request.write(text)) await new Promise<void>((resolve) => request.once('drain', resolve));
    }
    request.end();
  };
  const sending = sendAll();
  const heaps: number[] = [];
  let results = 0;
  for await (const result of resultLines(await response)) {
    if (result.status === 200) results += 1;
    if (results % 5000 === 0 && result.done === undefined) heaps.push(heapMiB());
  }
  await sending;
  t.equal(results, lines);
  const [first = 0, ...others] = heaps;
  t.equal(others.length, 3);
  t.ok(Math.max(...others) < first + 8, `MiB: ${heaps.map((heap) => heap.toFixed(1)).join(', ')}`);
});

t.test('a log that fails ends the request, and nothing is answered that is not recorded', async (t) => {
  let disk: ReturnType<typeof watchDisk> | undefined;
  const gateway = await startTroubledGateway(t, {
    wrapLogDisk: (real) => {
      disk = watchDisk(real);
      return disk;
    },
  });
  const { request, response } = openBulk(await askTarget(gateway));
  request.write(`${JSON.stringify(askLine('a'))}\n`);
  const results = resultLines(await response);
  t.match((await results.next()).value, { line: 1, status: 200 });
  disk?.breakWith('sync', new Error('EIO: i/o error, fdatasync'));
  request.write(`${JSON.stringify(askLine('b'))}\n${JSON.stringify(askLine('c'))}\n`);
  request.on('error', () => undefined);
  const rest: BulkLine[] = [];
  for await (const line of results) rest.push(line);
  request.destroy();
  t.match(rest[0], { line: 2, id: 'b', status: 503, problem: { code: 'log-unavailable' } });
  t.equal(rest[0]?.logIndex, undefined);
  t.match(rest.at(-1), { done: false, next: 2, problem: { code: 'log-unavailable' } });
});
