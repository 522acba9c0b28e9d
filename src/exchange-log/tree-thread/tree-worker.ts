/** Runs in a thread of its own: has the tree and writes its files, so that hashing costs the replies nothing where there is a second core. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { createIntegrator, type Integrator } from '../integrator.ts';
import { createRightEdge, type RestoredEdge } from '../right-edge.ts';
import { encodeBundle, parseBundle } from '../store/bundle.ts';
import { realDisk } from '../store/disk.ts';
import { layoutOf } from '../store/layout.ts';
import { emptyEdge, restoreEdge } from '../store/restore-edge.ts';
import { createTileStore, type TileStore } from '../store/tile-store.ts';
import {
  type Addition,
  asBuffer,
  type TreeAnswers,
  type TreeMessage,
  type TreeQuestion,
  type TreeReply,
  type TreeThreadSetup,
} from './messages.ts';
import { tell } from './told-failure.ts';

const port = parentPort;
if (port === null) throw new Error('this module is a worker');
const { folder, head, backlogEntriesMax, taken } = workerData as TreeThreadSetup;
const say = (reply: TreeReply) => port.postMessage(reply);
const store = createTileStore(realDisk, layoutOf(folder), 'tree');
const takenEntries = new BigInt64Array(taken);
let isBroken = false;

try {
  const edge = head === undefined ? emptyEdge() : await restoreEdge(store, { ...head, root: Buffer.from(head.root) });
  serve(port, edge);
  say('ready');
} catch (error) {
  say({ failed: tell(error) });
}

function serve(port: MessagePort, edge: RestoredEdge): void {
  const integrator = createIntegrator({ edge: createRightEdge(edge), store, backlogEntriesMax, failed });
  port.on('message', (message: TreeMessage) => {
    if (message === 'close') return port.close();
    if ('bundle' in message) return add(integrator, message);
    const { id, question } = message;
    answer(integrator, store, question).then(
      (answer) => say({ id, answer }),
      (error) => say({ id, refused: tell(error) }),
    );
  });
}

function failed(error: unknown): void {
  isBroken = true;
  say({ failed: tell(error) });
}

function add(integrator: Integrator, { bundle, count }: Addition): void {
  const counted = () => void Atomics.add(takenEntries, 0, BigInt(count));
  integrator.add(parseBundle(asBuffer(bundle)), () => {
    const full = integrator.room();
    if (full === undefined) counted();
    else full.then(counted);
  });
}

async function answer(
  integrator: Integrator,
  files: TileStore,
  question: TreeQuestion,
): Promise<TreeAnswers[keyof TreeAnswers]> {
  switch (question.kind) {
    case 'room':
      await integrator.room();
      return undefined;
    case 'caught-up':
      await integrator.caughtUp();
      return undefined;
    case 'state':
      await grownTo(integrator, question.size);
      return settledState(integrator, files);
    case 'tile':
      return integrator.tile(question.level, question.index, question.width);
    case 'entries':
      return encodeBundle(await integrator.entries(question.from, question.count));
  }
}

/** One turn after the other, as the tree grows: under load it may never have caught up. */
async function grownTo(integrator: Integrator, size: number): Promise<void> {
  while (integrator.size < size) {
    if (isBroken) throw new Error('the tree of the log has failed');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Whoever asks cannot settle the names of files that were written here. */
async function settledState(integrator: Integrator, files: TileStore): Promise<TreeAnswers['state']> {
  const state = await integrator.state();
  await files.settle();
  return state;
}
