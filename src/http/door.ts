/** Turns exchanges away at the door while the gateway is overloaded: before the framework, the body, the token and the log have cost anything. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Admission, Claim, RefusalTally } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import { createPace, type PaceLimits } from './pace.ts';
import type { XRoadReader } from './read-incoming.ts';
import { negotiateErrorForm, renderError } from './x-road/errors.ts';

export interface DoorDependencies {
  readonly admission: Admission;
  readonly refusals: Pick<RefusalTally, 'count'>;
  readonly reader: Pick<XRoadReader, 'readClientId' | 'readServicePath'>;
  readonly pace: PaceLimits;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const prefix = '/r1/';

/** Puts itself before whoever listens to the server's requests. */
export function standAtDoor(server: Server, deps: DoorDependencies): void {
  const behind = server.listeners('request') as Listener[];
  const turnAway = createTurnAway(deps.admission.retryAfterSeconds);
  const pace = createPace(deps.pace);

  /** False where the request was turned away. */
  function letIn(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.url?.startsWith(prefix) !== true) return true;
    const claim = claimOf(request, deps.reader);
    const leave = deps.admission.enter(claim);
    if (leave === undefined) {
      deps.refusals.count('overloaded', claim.consumer);
      pace(() => turnAway(request, response));
      return false;
    }
    // A reply closes once.
    response.on('close', leave);
    return true;
  }

  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (letIn(request, response)) for (const listener of behind) listener(request, response);
  });
  // Node would ask for the body of whoever waits to be asked, and only then look whether anybody wants it.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!letIn(request, response)) return;
    response.writeContinue();
    for (const listener of behind) listener(request, response);
  });
}

/** Read from the headers as received: Node makes an object of them only for whoever asks for it. */
function claimOf({ url = '', rawHeaders }: IncomingMessage, reader: DoorDependencies['reader']): Claim {
  const query = url.indexOf('?');
  const path = url.slice(prefix.length, query === -1 ? undefined : query);
  let client: string | undefined;
  let purpose: string | undefined;
  let isBulk = false;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (!lengths.has(name.length)) continue;
    const value = rawHeaders[index + 1] as string;
    const lower = name.toLowerCase();
    if (lower === 'x-road-client') client ??= value;
    else if (lower === 'exchange-purpose') purpose ??= value === '' ? undefined : value;
    else if (lower === 'content-type') isBulk = value.toLowerCase().startsWith('application/x-ndjson');
  }
  return {
    consumer: client === undefined ? undefined : readable(reader.readClientId, client),
    service: readable(serviceKeyOf, path, reader),
    purpose,
    isBulk,
  };
}

const lengths = new Set(['x-road-client', 'exchange-purpose', 'content-type'].map(({ length }) => length));

function serviceKeyOf(path: string, { readServicePath }: DoorDependencies['reader']): string {
  const { serviceId, tail } = readServicePath(path);
  return `${serviceId}/${tail.join('/')}`;
}

/** What cannot be read is refused behind the door; here it has no claim to anything. */
function readable<T, Rest extends unknown[]>(read: (text: string, ...rest: Rest) => T, text: string, ...rest: Rest) {
  try {
    return read(text, ...rest);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** All that is sent is made once. */
function createTurnAway(retryAfterSeconds: number): Listener {
  const problem = new Problem('overloaded', 'The gateway has more requests under way than it can answer in time.', {
    retryAfterSeconds,
  });
  const replies = new Map(
    (['application/problem+json', 'application/xml', 'text/xml'] as const).map((form) => {
      const { contentType, content } = renderError(problem, undefined, form);
      // Bytes as characters: Node then sends head and body in one write.
      const bytes = Buffer.from(content).toString('latin1');
      const headers = [
        ...['content-type', contentType, 'content-length', String(bytes.length)],
        ...['retry-after', String(retryAfterSeconds), 'x-road-error', problem.kind.xRoadType],
        ...['cache-control', 'no-store'],
      ];
      return [form, { headers, bytes }] as const;
    }),
  );
  return ({ rawHeaders }, response) => {
    const reply = replies.get(negotiateErrorForm(acceptIn(rawHeaders)));
    response.writeHead(problem.kind.status, reply?.headers);
    response.end(reply?.bytes, 'latin1');
  };
}

function acceptIn(rawHeaders: readonly string[]): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 6 && name.toLowerCase() === 'accept') return rawHeaders[index + 1];
  }
  return undefined;
}
