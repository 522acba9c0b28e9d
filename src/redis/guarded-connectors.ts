/** Opens sockets for ioredis that may fail twice, and say anything: it listens for one error of each, and a second one would end the process. */

import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, type RedisOptions, type SentinelConnectionOptions, SentinelConnector } from 'ioredis';
import { watchReplies } from './reply-watch.ts';

/** A refused certificate is such a case: first it is told, then the peer's alert that answers the refusal. */
const guard = <T extends Socket>(stream: T): T => {
  stream.on('error', () => undefined);
  return watchReplies(stream);
};

/** To a server of known address. */
export class GuardedConnector extends AbstractConnector {
  readonly #options: RedisOptions;

  /** As ioredis calls it: with the options of the connection. */
  constructor(options: unknown) {
    super((options as { disconnectTimeout: number }).disconnectTimeout);
    this.#options = options as RedisOptions;
  }

  async connect(): Promise<Socket> {
    const { host = '127.0.0.1', port = 6379, tls } = this.#options;
    this.connecting = true;
    const stream = guard<Socket>(tls ? connectTls({ ...tls, host, port }) : createConnection({ host, port }));
    stream.once('error', (error: Error) => {
      this.firstError = error;
    });
    this.stream = stream;
    return stream;
  }
}

/** To the master that sentinels name. */
export class GuardedSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override async connect(emitter: Parameters<SentinelConnector['connect']>[0]) {
    return guard((await super.connect(emitter)) as Socket);
  }
}
