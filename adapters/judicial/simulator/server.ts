/** The simulator's HTTPS server: only callers with a certificate of its authority get in, and only one of them is the gateway. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { TLSSocket } from 'node:tls';
import { SourceError } from '../../../src/adapter-kit/index.ts';
import { isObject, type Wire } from '../wire.ts';
import type { Acts } from './acts/index.ts';
import { answerAs, type Behaviour, changeBehaviour, sendJson } from './behaviour.ts';
import { notAuthenticated, type Question, wrongType } from './questions.ts';

export interface ServerSettings {
  /** All PEM: the authority of the callers, and the server's own certificate and key. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Common name of the one certificate that may ask; the registry answers others with its code 100. */
  readonly client: string;
  readonly behaviour: Behaviour;
}

export interface ServerDependencies {
  readonly questions: Readonly<Record<string, Question>>;
  readonly acts: Acts;
  /** Rejects when the database does not answer. */
  readonly check: (signal: AbortSignal) => Promise<void>;
}

const questionBytesMax = 16_384;
const connectionsMax = 256;

/** Not yet listening. */
export function createRegistryServer(settings: ServerSettings, { questions, acts, check }: ServerDependencies): Server {
  let behaviour = settings.behaviour;

  async function handle(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const route = `${request.method} ${request.url}`;
    if (clientOf(request) !== settings.client) return sendJson(response, 200, notAuthenticated);
    if (route === 'GET /trang-thai') return answerAs(behaviour, response, signal, () => health(signal));
    if (route === 'GET /simulator') return sendJson(response, 200, behaviour);
    const path = request.method === 'POST' ? (request.url ?? '') : '';
    const question = questions[path];
    if (question === undefined && !acts.has(path) && route !== 'PUT /simulator')
      return sendJson(response, 404, wrongType);
    const asked = await readObject(request);
    if (asked === undefined) return sendJson(response, 400, wrongType);
    if (question !== undefined) return answerAs(behaviour, response, signal, () => question(asked, signal));
    if (acts.has(path)) {
      const key = request.headers['idempotency-key'];
      return answerAs(behaviour, response, signal, () =>
        act(path, typeof key === 'string' ? key : undefined, asked, signal),
      );
    }
    const changed = changeBehaviour(behaviour, asked);
    behaviour = changed ?? behaviour;
    sendJson(response, changed === undefined ? 400 : 200, behaviour);
  }

  async function act(path: string, key: string | undefined, asked: Wire, signal: AbortSignal) {
    try {
      return (await acts.carryOut(path, key, asked, signal)) ?? wrongType;
    } catch (error) {
      // What was sent could not be read; whatever else failed is this registry's own trouble.
      if (error instanceof SourceError && error.kind === 'answer-invalid') return wrongType;
      throw error;
    }
  }

  async function health(signal: AbortSignal) {
    await check(signal);
    return { ma: 0, thong_bao: 'Hoạt động bình thường', du_lieu: {} };
  }

  const server = createServer({ ...settings.tls, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    handle(request, response, gone.signal).catch(() => fail(response));
  });
  server.maxConnections = connectionsMax;
  // Longer than any caller keeps a connection, so that none meets one that is just being closed.
  server.keepAliveTimeout = 65_000;
  return server;
}

/** Only the database can fail here; a registry says so with a status and no more. */
function fail(response: ServerResponse): void {
  if (response.headersSent || response.destroyed) response.destroy();
  else sendJson(response, 500, { ma: 500, thong_bao: 'Lỗi hệ thống' });
}

function clientOf(request: IncomingMessage): string | undefined {
  if (!(request.socket instanceof TLSSocket)) return undefined;
  const name = request.socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : undefined;
}

/** Undefined for what is not one JSON object of moderate size. */
async function readObject(request: IncomingMessage): Promise<Wire | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > questionBytesMax) return undefined;
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
