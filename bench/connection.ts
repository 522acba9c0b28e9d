/** A connection that is no socket: what it is sent goes to the server at once, and what the server writes to whoever holds it. */

import { Duplex } from 'node:stream';

/** Sends the request as often as said, on that many connections at once. Rejects where an answer is no 200. */
export async function loadInProcess(
  server: Pick<import('node:http').Server, 'emit'>,
  request: Buffer,
  { requests, connections }: { readonly requests: number; readonly connections: number },
): Promise<void> {
  let left = requests;
  let answersDue = requests;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  for (let opened = 0; opened < connections; opened += 1) {
    const connection = new Connection((answer) => {
      if (!answer.startsWith('HTTP/1.1 200')) return reject(new Error(answer));
      answersDue -= 1;
      if (answersDue === 0) return resolve();
      ask();
    });
    // In a turn of its own, as it would come from the system.
    const ask = () => {
      if (left === 0) return;
      left -= 1;
      setImmediate(() => connection.push(request));
    };
    server.emit('connection', connection);
    ask();
  }
  return promise;
}

class Connection extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly #answered: (answer: string) => void;

  /** `answered` is told of each write; a server that is asked one thing after the other writes an answer at a time. */
  constructor(answered: (answer: string) => void) {
    super({ decodeStrings: false });
    this.#answered = answered;
  }

  /** Of a socket, as Node's HTTP server expects them. */
  setTimeout = () => this;
  setNoDelay = () => this;
  setKeepAlive = () => this;

  override _read(): void {}

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    done();
    queueMicrotask(() => this.#answered(String(chunk)));
  }

  override _writev(chunks: readonly { readonly chunk: string | Buffer }[], done: () => void): void {
    done();
    queueMicrotask(() => this.#answered(chunks.map(({ chunk }) => String(chunk)).join('')));
  }
}
