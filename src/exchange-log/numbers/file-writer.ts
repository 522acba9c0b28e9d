/** Runs in a thread of its own: writes the last numbers out, so that neither the writing nor SQLite's syncs hold up the replies. */

import { parentPort, workerData } from 'node:worker_threads';
import type { WriterMessage, WriterSettings } from './file-thread.ts';
import { openSubjectFile } from './subject-file.ts';

const { path, cacheBytesMax } = workerData as WriterSettings;
const file = openSubjectFile(path, cacheBytesMax);

// What is thrown here ends the thread, and its owner is told.
parentPort?.on('message', (message: WriterMessage) => {
  if ('subjects' in message) {
    const { numbers, late } = message;
    const subjects = numbers.length === 0 ? [] : message.subjects.split('\n');
    for (const [ordinal, subject] of subjects.entries()) file.set(subject, numbers[ordinal] as number);
    for (const [id, index] of late) file.setLate(id, index);
  } else if ('mark' in message) {
    file.commit(message.mark);
    parentPort?.postMessage('committed');
  } else {
    file.close();
    parentPort?.close();
  }
});
