/** The thread in which the subjects' keys are kept, so that waiting for their disk holds nothing else up. */

import { parentPort, workerData } from 'node:worker_threads';
import { openMarkedStore, type StorePlaces } from './store-mark.ts';
import type { KeyAnswer, KeyRequest } from './subject-key-store.ts';

export interface KeyReply {
  /** In the order of the requests. */
  readonly answers?: readonly KeyAnswer[];
  readonly error?: unknown;
}

const port = parentPort;
if (port === null) throw new Error('this module is a worker');
const store = openMarkedStore(workerData as StorePlaces);
port.postMessage({ answers: [] } satisfies KeyReply);
port.on('message', (requests: readonly KeyRequest[] | 'close') => {
  if (requests === 'close') {
    store.close();
    port.close();
    return;
  }
  port.postMessage(attempt(requests));
});

function attempt(requests: readonly KeyRequest[]): KeyReply {
  try {
    return { answers: store.run(requests) };
  } catch (error) {
    return { error };
  }
}
