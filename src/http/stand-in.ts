/** Answers in place of workers while none can take a connection: nobody is kept waiting, and probes and scrapes hear how it is. */

import type { RequestListener, ServerResponse } from 'node:http';
import { Problem } from '../problems.ts';
import { operationsPaths } from './operations-paths.ts';
import type { OperationsDependencies } from './operations-routes.ts';
import { renderError } from './x-road/errors.ts';

export type StandInDependencies = Pick<OperationsDependencies, 'health' | 'metrics'> & {
  /** Told to whoever is refused. */
  readonly retryAfterSeconds: number;
};

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly content: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Each answer ends its connection, so that the next one is a worker's as soon as there is one. */
export function createStandIn(deps: StandInDependencies): RequestListener {
  const refusal = new Problem(
    'log-unavailable',
    'No process of this gateway can record exchanges at present: nothing was done.',
    { retryAfterSeconds: deps.retryAfterSeconds },
  );

  async function replyTo(path: string, accept: string | undefined): Promise<Reply> {
    if (path === operationsPaths.live) return jsonReply(200, { status: 'ok' });
    if (path === operationsPaths.ready) {
      return jsonReply(503, { status: 'unready', dependencies: await deps.health() });
    }
    if (path === operationsPaths.metrics)
      return { status: 200, contentType: metricsType, content: await deps.metrics() };
    const { kind } = refusal;
    const headers = { 'x-road-error': kind.xRoadType, 'retry-after': String(deps.retryAfterSeconds) };
    return { status: kind.status, headers, ...renderError(refusal, undefined, accept) };
  }

  return (request, response) => {
    // Whatever comes is for nobody; unread it would take the answer along.
    request.resume();
    const [path = ''] = (request.url ?? '').split('?');
    replyTo(path, request.headers.accept).then(
      (reply) => send(response, reply),
      () => response.destroy(),
    );
  };
}

/** Prometheus text exposition. */
const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

function jsonReply(status: number, content: object): Reply {
  return { status, contentType: 'application/json; charset=utf-8', content: JSON.stringify(content) };
}

function send(response: ServerResponse, { status, contentType, content, headers }: Reply): void {
  const length = String(Buffer.byteLength(content));
  response.writeHead(status, {
    ...headers,
    'content-type': contentType,
    'content-length': length,
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(content);
}
