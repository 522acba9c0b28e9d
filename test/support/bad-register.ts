/** A register behind HTTP that takes each exchange once, and answers as badly as it is told to. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type GatewaySetup, projectRoot } from './gateway.ts';
import { residenceService, sender } from './residence-change.ts';
import type { Teardown } from './servers.ts';

/** What it does to a request; `take` makes the effect, once however often. */
export type Manners = (response: ServerResponse, take: () => void) => void;

export interface BadRegister {
  readonly url: string;
  /** Until the next call of this; undefined: as it should. */
  behave(manners: Manners | undefined): void;
  /** Nobody listens there. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Exchanges that took effect, in their order, and all requests that came. */
  readonly effects: readonly string[];
  readonly requests: readonly string[];
}

export const done = JSON.stringify({ outcome: 'done' });
export const json = { 'content-type': 'application/json' };

export async function startBadRegister(t: Teardown): Promise<BadRegister> {
  const effects: string[] = [];
  const requests: string[] = [];
  let manners: Manners | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await request.toArray()).join('');
    const { exchangeId } = JSON.parse(body) as { exchangeId: string };
    requests.push(exchangeId);
    const take = () => {
      if (!effects.includes(exchangeId)) effects.push(exchangeId);
    };
    if (manners !== undefined) return manners(response, take);
    take();
    response.writeHead(200, json).end(done);
  }

  let server: Server | undefined;
  const listen = async (port: number) => {
    server = createServer((request, response) => void answer(request, response));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const down = async () => {
    const ended = server;
    server = undefined;
    ended?.closeAllConnections();
    await new Promise((resolve) => (ended === undefined ? resolve(undefined) : ended.close(resolve)));
  };
  t.teardown(down);
  return {
    url: `http://127.0.0.1:${port}`,
    behave: (next) => {
      manners = next;
    },
    down,
    up: async () => void (await listen(port)),
    effects,
    requests,
  };
}

/** A gateway that delivers changes of residence to it, and tries again soon. */
export function pushesTo({ url }: BadRegister, stateUrl: string): GatewaySetup {
  return {
    registries: [
      {
        adapter: path.join(projectRoot, 'test/fixtures/http-population'),
        source: {
          ...{ url, connectTimeoutMs: 300, headersTimeoutMs: 2000, bodyTimeoutMs: 2000 },
          ...{ connectionsMax: 8, answerBytesMax: 10_000 },
        },
      },
    ],
    agreements: [
      {
        ...{ id: 'pushes', consumer: sender, service: residenceService, purposes: ['test'], legalBasis: 'Test decree' },
        ...{ fields: [], validFrom: '2020-01-01', validUntil: '2999-12-31' },
        quota: { requestsPerSecond: 100_000, burst: 100_000 },
      },
    ],
    settings: {
      state: { database: { url: stateUrl }, retryMs: 50, retryMsMax: 200 },
      deliveries: { pollMs: 20, retryMs: 50 },
    },
  };
}
