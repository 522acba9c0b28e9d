/** A PostgreSQL of a few lines, that answers the second run of a statement with whatever a test wants. */

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

/** One message: type, length, body. */
export function message(type: string, body: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(body as string, 'latin1');
  const head = Buffer.from(`${type}....`);
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const oneColumn = message(
  'T',
  Buffer.concat([int16(1), Buffer.from('a\0'), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]),
);
export const rowOf = (text: string) => message('D', Buffer.concat([int16(1), int32(text.length), Buffer.from(text)]));
export const complete = message('C', 'SELECT 1\0');
export const ready = message('Z', 'I');

const cancelRequest = 80_877_102;

/** Each statement's first run on a connection gives one row, `fine`; later ones give `sick()`, or the same if undefined. */
export async function startSickPostgres(t: Test, sick: () => Buffer | undefined): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, sick);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `postgres://lienthong@127.0.0.1:${(server.address() as AddressInfo).port}/sick`;
}

function serve(socket: Socket, sick: () => Buffer | undefined): void {
  let waiting = Buffer.alloc(0);
  let isStarted = false;
  let isPrepared = false;
  let illness: Buffer | undefined;
  const answers: Readonly<Record<string, () => Buffer>> = {
    P: () => message('1'),
    D: () => oneColumn,
    Q: () => Buffer.concat([message('C', 'SET\0'), ready]),
    B: () => {
      illness = isPrepared ? sick() : undefined;
      isPrepared = true;
      return illness ?? message('2');
    },
    E: () => (illness === undefined ? Buffer.concat([rowOf('fine'), complete]) : Buffer.alloc(0)),
    S: () => (illness === undefined ? ready : Buffer.alloc(0)),
  };
  socket.on('data', (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      const headBytes = isStarted ? 5 : 4;
      if (waiting.length < headBytes) return;
      const bytes = waiting.readInt32BE(headBytes - 4) + headBytes - 4;
      if (waiting.length < bytes) return;
      const one = waiting.subarray(0, bytes);
      waiting = waiting.subarray(bytes);
      if (isStarted) socket.write(answers[String.fromCharCode(one[0] as number)]?.() ?? Buffer.alloc(0));
      else if (one.readInt32BE(4) === cancelRequest) socket.end();
      else
        socket.write(Buffer.concat([message('R', int32(0)), message('K', Buffer.concat([int32(1), int32(2)])), ready]));
      isStarted = true;
    }
  });
}
