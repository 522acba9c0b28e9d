/** Real HTTP(S) servers that answer as registries do, well and badly, for the tests of the HTTP source. */

import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import type { Server } from 'node:net';
import { type AddressInfo, createServer as createNet, type Socket } from 'node:net';
import { type HttpSource, type HttpSourceSettings, httpSource } from '../../src/adapter-kit/http-source.ts';
import type { SourceError } from '../../src/adapter-kit/source-error.ts';
import type { Teardown } from '../support/servers.ts';

/** Resolves to the port; the server's connections are cut by the teardown. */
export function serveHttp(t: Teardown, listener: RequestListener): Promise<number> {
  return listen(t, createHttp(listener));
}

export function serveHttps(t: Teardown, options: ServerOptions, listener: RequestListener): Promise<number> {
  return listen(t, createHttps(options, listener));
}

/** For what no HTTP server would send: the handler writes bytes. */
export function serveBytes(t: Teardown, handler: (socket: Socket) => void): Promise<number> {
  return listen(t, createNet(handler));
}

/** A source whose time-outs are too long to be what a test waits for, unless it sets its own; closed by the teardown. */
export function openSource(t: Teardown, url: string, settings: Partial<HttpSourceSettings> = {}): HttpSource {
  const source = httpSource({
    url,
    connectTimeoutMs: 10_000,
    headersTimeoutMs: 10_000,
    bodyTimeoutMs: 10_000,
    connectionsMax: 4,
    answerBytesMax: 10_000,
    ...settings,
  });
  t.teardown(() => source.close());
  return source;
}

/** A signal that nobody aborts. */
export const patience = (): AbortSignal => new AbortController().signal;

/** What the source throws for a plain GET of `/`. */
export async function failureOf(source: HttpSource, signal: AbortSignal = patience()): Promise<SourceError> {
  return source.request({ method: 'GET', path: '/', signal }).then(
    (answer) => {
      throw new Error(`answered ${answer.status} where it had to fail`);
    },
    (error: SourceError) => error,
  );
}

function listen(t: Teardown, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
