/** The gateway that is served, not only a log by itself, has the tree of its log in a thread of its own where there is a core for it. */

import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import t from 'tap';
import { treeThreadName } from '../../src/exchange-log/tree-thread/tree-thread.ts';
import { startTroubledGateway } from '../support/troubled.ts';

t.test('a gateway starts a thread for the tree where there is a second core', async (t) => {
  const names: (string | null)[] = [];
  const note = (worker: Worker) => names.push(worker.threadName);
  process.on('worker', note);
  t.teardown(() => process.off('worker', note));
  await startTroubledGateway(t);
  t.equal(names.filter((name) => name === treeThreadName).length, availableParallelism() > 1 ? 1 : 0, `${names}`);
});
