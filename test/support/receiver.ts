/** Somebody's system that takes webhooks, and behaves as it is told. */

import {
  createServer as createPlain,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Credentials } from './certificates.ts';
import type { Teardown } from './servers.ts';

export interface TakenNotice {
  readonly headers: IncomingMessage['headers'];
  readonly method: string;
  readonly path: string;
  readonly content: string;
  readonly atMs: number;
}

export interface TestReceiver {
  readonly port: number;
  /** Everything that came, in that order, whatever was answered. */
  readonly taken: readonly TakenNotice[];
  /** From now on; 204 at first. */
  answer(how: (response: ServerResponse, request: IncomingMessage) => void): void;
}

/** Over TLS where it has credentials. */
export async function startReceiver(t: Teardown, credentials?: Credentials): Promise<TestReceiver> {
  const taken: TakenNotice[] = [];
  let respond = (response: ServerResponse, _request: IncomingMessage): void => void response.writeHead(204).end();
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers, method = '', url = '' } = request;
      taken.push({ headers, method, path: url, content: Buffer.concat(chunks).toString(), atMs: Date.now() });
      respond(response, request);
    });
  };
  const server = credentials === undefined ? createPlain(listener) : createSecure({ ...credentials }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as AddressInfo).port,
    taken,
    answer(how) {
      respond = how;
    },
  };
}
